/* SPDX-License-Identifier: BSD-2-Clause */
/* efi/claim.c: of many processes that begin and end at once, one at a time has the store. */
#include "tap.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "efi/claim.h"

#define PROCESSES 6
#define TURNS 150

/* Of all processes. */
struct counts {
	int inside, turns, refused, broken;
};

/* Claims and gives up in turns; what another process would notice is counted. */
static void take_turns(const struct efi_dir *dir, struct counts *counts)
{
	struct error error;

	for (int done = 0; done < TURNS;) {
		struct efi_claim claim = EFI_CLAIM_INIT;
		int r = efi_claim(dir, "stprov test is running", &claim, &error);
		if (r == -EBUSY) {
			__atomic_add_fetch(&counts->refused, 1, __ATOMIC_SEQ_CST);
			continue;
		}
		if (r != 0)
			__atomic_add_fetch(&counts->broken, 1, __ATOMIC_SEQ_CST);
		if (__atomic_add_fetch(&counts->inside, 1, __ATOMIC_SEQ_CST) != 1)
			__atomic_add_fetch(&counts->broken, 1, __ATOMIC_SEQ_CST);
		usleep(50);
		__atomic_sub_fetch(&counts->inside, 1, __ATOMIC_SEQ_CST);
		efi_unclaim(&claim);
		__atomic_add_fetch(&counts->turns, 1, __ATOMIC_SEQ_CST);
		done++;
	}
}

static void only_one_process_has_a_store(void)
{
	char path[] = "/tmp/stprov-claim-XXXXXX";
	_cleanup_efi_ struct efi_dir dir = EFI_DIR_INIT;
	struct counts *counts = mmap(
		NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct error error;

	tap_ok(counts != MAP_FAILED && mkdtemp(path) != NULL);
	/* For a run without root. */
	setenv("XDG_RUNTIME_DIR", path, 1);
	tap_eq_int(efi_open(path, &dir, &error), 0);
	fflush(stdout);
	for (int i = 0; i < PROCESSES; i++)
		if (fork() == 0) {
			take_turns(&dir, counts);
			_exit(0);
		}
	for (int i = 0; i < PROCESSES; i++)
		tap_ok(wait(NULL) > 0);
	tap_eq_int(counts->broken, 0);
	tap_eq_int(counts->turns, PROCESSES * TURNS);
	/* That they met. */
	tap_ok(counts->refused > 0);
	munmap(counts, sizeof(*counts));
	if (geteuid() != 0) {
		char inner[64];
		snprintf(inner, sizeof(inner), "%s/stprov", path);
		rmdir(inner);
	}
	tap_eq_int(rmdir(path), 0);
}

int main(void)
{
	static const struct tap_test tests[] = {
		TAP_TEST(only_one_process_has_a_store),
		{ 0 },
	};
	return tap_run(tests);
}
