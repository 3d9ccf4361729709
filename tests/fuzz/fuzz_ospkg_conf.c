/* SPDX-License-Identifier: BSD-2-Clause */
/* ospkg_conf_parse() and ospkg_conf_files_parse(): the configuration of the OS package. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ospkg/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool cond)
{
	if (!cond)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ospkg_conf_files files;
	struct ospkg_conf conf;
	struct error e = ERROR_INIT;

	if (ospkg_conf_parse(data, size, &conf, &e) == 0)
		must(conf.network <= OSPKG_NETWORK_NONE);
	else
		must(strncmp(e.text, "line ", 5) == 0);
	e = ERROR_INIT;
	if (ospkg_conf_files_parse(data, size, &files, &e) < 0) {
		must(strncmp(e.text, "line ", 5) == 0);
		return 0;
	}
	for (size_t i = 0; i < files.n; i++) {
		const char *name = files.items[i].name;
		must(!hostfile_reason_against(name, strlen(name)));
		must(ospkg_conf_files_find(&files, name) == &files.items[i]);
	}
	return 0;
}
