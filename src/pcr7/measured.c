/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The events of PCR 7: see measured.h. Each variable and authority is a UEFI_VARIABLE_DATA (TCG PC
 * Client Platform Firmware Profile 1.05, section 10.2.6), numbers in little endian:
 *
 *	GUID[16] name_characters64 data_bytes64 name (UTF-16, without end) data
 */
#include "pcr7/measured.h"

#include <errno.h>
#include <string.h>

#include "crypto/sha256.h"
#include "efi/siglist.h"

#define PCR_SECURE_BOOT 7
#define PCR_OPTION_ROMS 2
#define PCR_BOOT 4

static const uint8_t separator[4];

static const struct {
	const char *name, *guid;
} variables[PCR7_VARIABLES] = {
	[PCR7_SECURE_BOOT] = { "SecureBoot", EFI_GUID_GLOBAL },
	[PCR7_PK] = { "PK", EFI_GUID_GLOBAL },
	[PCR7_KEK] = { "KEK", EFI_GUID_GLOBAL },
	[PCR7_DB] = { "db", EFI_GUID_SECURITY },
	[PCR7_DBX] = { "dbx", EFI_GUID_SECURITY },
};

/* -- UEFI_VARIABLE_DATA ------------------------------------------------------------------------ */

static int add_le64(struct crypto_sha256 *hash, uint64_t value, struct error *error)
{
	uint8_t bytes[sizeof(value)];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
	return crypto_sha256_add(hash, bytes, sizeof(bytes), error);
}

int pcr7_variable_digest(enum pcr7_variable which, const struct pcr7_part *data,
	uint8_t out[PCR7_SIZE], struct error *error)
{
	_cleanup_(crypto_sha256_free) struct crypto_sha256 *hash = NULL;
	const char *name = variables[which].name;
	uint8_t guid[EFI_GUID_SIZE];
	int r = crypto_sha256_new(&hash, error);

	efi_guid_parse(variables[which].guid, guid);
	if (r == 0)
		r = crypto_sha256_add(hash, guid, sizeof(guid), error);
	if (r == 0)
		r = add_le64(hash, strlen(name), error);
	if (r == 0)
		r = add_le64(hash, data->len, error);
	for (size_t i = 0; r == 0 && name[i]; i++)
		r = crypto_sha256_add(hash, (const char[]){ name[i], '\0' }, 2, error);
	if (r == 0)
		r = crypto_sha256_add(hash, data->data, data->len, error);
	return r < 0 ? r : crypto_sha256_end(hash, out, error);
}

int pcr7_separator_digest(uint8_t out[PCR7_SIZE], struct error *error)
{
	return crypto_sha256(separator, sizeof(separator), out, error);
}

/* A parsed one. Views. */
struct variable_data {
	const uint8_t *guid, *name; /* @name: UTF-16 */
	size_t name_len;            /* in bytes */
	struct pcr7_part data;
};

/* A length as le64; one that no log can hold fails the reader. */
static size_t read_length(struct bytes_reader *r, size_t unit)
{
	uint32_t low = bytes_read_le32(r), high = bytes_read_le32(r);

	if (high > 0 || low > EVENTLOG_MAX)
		r->failed = true;
	return r->failed ? 0 : low * unit;
}

static bool parse_variable(const struct eventlog_event *event, struct variable_data *ret)
{
	struct bytes_reader r = bytes_reader(event->data, event->len);

	ret->guid = bytes_view(&r, EFI_GUID_SIZE);
	ret->name_len = read_length(&r, 2);
	ret->data.len = read_length(&r, 1);
	ret->name = bytes_view(&r, ret->name_len);
	ret->data.data = bytes_view(&r, ret->data.len);
	return bytes_reader_done(&r);
}

static bool is_variable(const struct variable_data *v, enum pcr7_variable which)
{
	const char *name = variables[which].name;
	uint8_t guid[EFI_GUID_SIZE];

	efi_guid_parse(variables[which].guid, guid);
	if (v->name_len != 2 * strlen(name) || memcmp(v->guid, guid, sizeof(guid)) != 0)
		return false;
	for (size_t i = 0; name[i]; i++)
		if (v->name[2 * i] != (uint8_t)name[i] || v->name[2 * i + 1] != 0)
			return false;
	return true;
}

/* Which of the five; PCR7_VARIABLES: none of them. */
static enum pcr7_variable which_variable(const struct variable_data *v)
{
	unsigned which = 0;

	while (which < PCR7_VARIABLES && !is_variable(v, (enum pcr7_variable)which))
		which++;
	return (enum pcr7_variable)which;
}

/* Parses an event, whose digest must be that of its data. */
static int read_variable(
	const struct eventlog_event *event, struct variable_data *ret, struct error *error)
{
	uint8_t digest[PCR7_SIZE];

	if (!parse_variable(event, ret))
		return error_set(error, -EINVAL, "PCR 7 has a malformed variable in the boot log");
	int r = crypto_sha256(event->data, event->len, digest, error);
	if (r < 0)
		return r;
	if (!event->sha256 || memcmp(digest, event->sha256, sizeof(digest)) != 0) {
		enum pcr7_variable which = which_variable(ret);
		return error_set(error, -EINVAL,
			"%s in the boot log is not what was measured into PCR 7",
			which < PCR7_VARIABLES ? variables[which].name : "a variable");
	}
	return 0;
}

/* -- the events -------------------------------------------------------------------------------- */

/* Of several irregular things the first is named. */
static void note(struct pcr7_measured *m, const char *what)
{
	if (!m->irregular.text[0])
		(void)!error_set(&m->irregular, 0, "%s", what);
}

static bool has(const struct pcr7_measured *m, enum pcr7_kind kind)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->events[i].kind == kind)
			return true;
	return false;
}

static int add_variable(struct pcr7_measured *m, const struct eventlog_event *event,
	struct pcr7_event *ret, struct error *error)
{
	struct variable_data v;
	int r = read_variable(event, &v, error);

	if (r < 0)
		return r;
	enum pcr7_variable which = which_variable(&v);
	*ret = (struct pcr7_event){ PCR7_VARIABLE, event->sha256, v.data };
	if (which == PCR7_VARIABLES) {
		note(m, "PCR 7 has another variable than SecureBoot, PK, KEK, db and dbx");
		ret->kind = PCR7_OTHER;
		return 0;
	}
	if (m->variables[which].data)
		return error_set(
			error, -EINVAL, "PCR 7 has the variable %s twice", variables[which].name);
	if (has(m, PCR7_SEPARATOR) || has(m, PCR7_AUTHORITY) ||
		(which > 0 && !m->variables[which - 1].data))
		note(m, "PCR 7 has its variables in another order");
	m->variables[which] = v.data;
	return 0;
}

static int add_authority(struct pcr7_measured *m, const struct eventlog_event *event,
	struct pcr7_event *ret, struct error *error)
{
	struct variable_data v;
	int r = read_variable(event, &v, error);

	if (r < 0)
		return r;
	*ret = (struct pcr7_event){ PCR7_AUTHORITY, event->sha256, v.data };
	if (which_variable(&v) != PCR7_DB) {
		note(m, "PCR 7 has an authority that is not of db");
		ret->kind = PCR7_OTHER;
	}
	m->last_is_option_rom = false;
	return 0;
}

static int add_separator(struct pcr7_measured *m, const struct eventlog_event *event,
	struct pcr7_event *ret, struct error *error)
{
	uint8_t digest[PCR7_SIZE];
	int r = pcr7_separator_digest(digest, error);

	if (r < 0)
		return r;
	if (has(m, PCR7_SEPARATOR))
		return error_set(error, -EINVAL, "PCR 7 has two separators");
	if (!event->sha256 || memcmp(digest, event->sha256, sizeof(digest)) != 0)
		return error_set(error, -EINVAL,
			"PCR 7 has a separator of an error: the firmware could not measure Secure "
			"Boot");
	*ret = (struct pcr7_event){ PCR7_SEPARATOR, event->sha256, { NULL, 0 } };
	return 0;
}

static int add_event(
	struct pcr7_measured *m, const struct eventlog_event *event, struct error *error)
{
	struct pcr7_event one;
	int r;

	if (m->n == PCR7_EVENTS_MAX)
		return error_set(error, -EINVAL, "PCR 7 has more than %d events", PCR7_EVENTS_MAX);
	if (event->type == EVENTLOG_EV_EFI_VARIABLE_DRIVER_CONFIG)
		r = add_variable(m, event, &one, error);
	else if (event->type == EVENTLOG_EV_EFI_VARIABLE_AUTHORITY)
		r = add_authority(m, event, &one, error);
	else if (event->type == EVENTLOG_EV_SEPARATOR)
		r = add_separator(m, event, &one, error);
	else
		return error_set(error, -EINVAL,
			"PCR 7 has an event of type 0x%08x%s%s%s, with which it cannot be "
			"predicted",
			event->type, eventlog_type_name(event->type) ? " (" : "",
			eventlog_type_name(event->type) ? eventlog_type_name(event->type) : "",
			eventlog_type_name(event->type) ? ")" : "");
	if (r == 0)
		m->events[m->n++] = one;
	return r;
}

/*
 * Whose the last authority is. Firmware starts option ROMs, then measures the separator of PCR 4,
 * then starts the image: an authority before an option ROM's driver, or before that separator, is
 * an option ROM's.
 */
static void look_at_option_roms(struct pcr7_measured *m, const struct eventlog_event *event)
{
	const bool driver = event->type == EVENTLOG_EV_EFI_BOOT_SERVICES_DRIVER ||
			    event->type == EVENTLOG_EV_EFI_RUNTIME_SERVICES_DRIVER;

	if (driver && event->pcr == PCR_OPTION_ROMS)
		m->option_rom = true;
	else if (event->type != EVENTLOG_EV_SEPARATOR || event->pcr != PCR_BOOT)
		return;
	if (m->option_rom && has(m, PCR7_AUTHORITY))
		m->last_is_option_rom = true;
}

static int check_complete(const struct pcr7_measured *m, struct error *error)
{
	for (int i = 0; i < PCR7_VARIABLES; i++)
		if (!m->variables[i].data)
			return error_set(error, -EINVAL, "PCR 7 has no variable %s in the boot log",
				variables[i].name);
	if (!has(m, PCR7_SEPARATOR))
		return error_set(error, -EINVAL, "PCR 7 has no separator after its variables");
	const struct pcr7_part *on = &m->variables[PCR7_SECURE_BOOT];
	if (on->len != 1 || on->data[0] > 1)
		return error_set(error, -EINVAL, "SecureBoot in the boot log is neither 0 nor 1");
	return 0;
}

int pcr7_measured_read(const void *log, size_t len, struct pcr7_measured *ret, struct error *error)
{
	struct pcr7_measured m = { .n = 0 };
	struct eventlog_event event;
	struct eventlog events;
	int r = eventlog_open(log, len, &events, error);

	while (r == 0) {
		r = eventlog_next(&events, &event, error);
		if (r != 0 || event.type == EVENTLOG_EV_NO_ACTION)
			continue;
		look_at_option_roms(&m, &event);
		if (event.pcr == PCR_SECURE_BOOT)
			r = add_event(&m, &event, error);
	}
	if (r == EVENTLOG_E_END)
		r = check_complete(&m, error);
	if (r < 0)
		return r;
	*ret = m;
	return 0;
}

int pcr7_read_secure_boot(
	const void *log, size_t len, struct pcr7_secure_boot *ret, struct error *error)
{
	struct variable_data v, found[PCR7_PK + 1] = { { .guid = NULL } };
	struct eventlog_event event;
	struct eventlog events;
	int r = eventlog_open(log, len, &events, error);

	while (r == 0) {
		r = eventlog_next(&events, &event, error);
		if (r != 0 || event.pcr != PCR_SECURE_BOOT ||
			event.type != EVENTLOG_EV_EFI_VARIABLE_DRIVER_CONFIG)
			continue;
		r = read_variable(&event, &v, error);
		enum pcr7_variable which = r == 0 ? which_variable(&v) : PCR7_VARIABLES;
		if (which <= PCR7_PK && found[which].guid)
			return error_set(error, -EINVAL, "PCR 7 has the variable %s twice",
				variables[which].name);
		if (which <= PCR7_PK)
			found[which] = v;
	}
	if (r < 0)
		return r;
	for (int i = 0; i <= PCR7_PK; i++)
		if (!found[i].guid)
			return error_set(error, -EINVAL, "PCR 7 has no variable %s in the boot log",
				variables[i].name);
	const struct pcr7_part *on = &found[PCR7_SECURE_BOOT].data;
	if (on->len != 1 || on->data[0] > 1)
		return error_set(error, -EINVAL, "SecureBoot in the boot log is neither 0 nor 1");
	*ret = (struct pcr7_secure_boot){
		.enabled = on->data[0] == 1,
		.setup_mode = found[PCR7_PK].data.len == 0,
	};
	return 0;
}
