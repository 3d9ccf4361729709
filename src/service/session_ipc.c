/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames between monitor and session: see session_ipc.h. */
#include "service/session_ipc.h"

#include <string.h>

#include "api/server.h"
#include "base/bytes.h"
#include "base/secret.h"

size_t session_ipc_encode_start(const struct ipc_start *start, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, IPC_SMALL_MAX);

	bytes_write(&w, start->verifier.w0, sizeof(start->verifier.w0));
	bytes_write(&w, start->verifier.l, sizeof(start->verifier.l));
	bytes_write(&w, start->seed, sizeof(start->seed));
	bytes_write_u8(&w, start->compat);
	return w.len;
}

bool session_ipc_decode_start(const struct frame *frame, struct ipc_start *ret)
{
	struct bytes_reader r = bytes_reader(frame->payload, frame->len);
	struct ipc_start start;

	bytes_read(&r, start.verifier.w0, sizeof(start.verifier.w0));
	bytes_read(&r, start.verifier.l, sizeof(start.verifier.l));
	bytes_read(&r, start.seed, sizeof(start.seed));
	start.compat = bytes_read_u8(&r) == 1;
	bool ok = frame->type == IPC_START && bytes_reader_done(&r);
	if (ok)
		*ret = start;
	secret_wipe_bytes(&start, sizeof(start));
	return ok;
}

size_t session_ipc_encode_connection(int64_t deadline_ms, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, IPC_SMALL_MAX);

	bytes_write_be64(&w, (uint64_t)deadline_ms);
	return w.len;
}

bool session_ipc_decode_connection(const struct frame *frame, int64_t *ret_deadline_ms)
{
	struct bytes_reader r = bytes_reader(frame->payload, frame->len);

	*ret_deadline_ms = (int64_t)bytes_read_be64(&r);
	return frame->type == IPC_CONNECTION && bytes_reader_done(&r);
}

size_t session_ipc_encode_answer(const struct ipc_answer *answer, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, IPC_SMALL_MAX);

	bytes_write_u8(&w, (uint8_t)answer->result);
	bytes_write(&w, answer->error.text, strlen(answer->error.text));
	return w.len;
}

bool session_ipc_decode_answer(const struct frame *frame, struct ipc_answer *ret)
{
	struct bytes_reader r = bytes_reader(frame->payload, frame->len);
	uint8_t result = bytes_read_u8(&r);
	size_t len = bytes_left(&r);

	if (frame->type != IPC_ANSWER || !bytes_reader_ok(&r) || result > API_E_LAST ||
		len >= ERROR_TEXT_MAX)
		return false;
	ret->result = result;
	bytes_read(&r, ret->error.text, len);
	ret->error.text[len] = '\0';
	return true;
}

static void write_sealed(struct bytes_writer *w, struct api_sealed *sealed)
{
	struct api_sealed_part parts[API_SEALED_PARTS];

	bytes_write_u8(w, sealed->given);
	api_sealed_parts(sealed, parts);
	for (size_t i = 0; sealed->given && i < ARRAY_SIZE(parts); i++)
		bytes_write_string(w, parts[i].part->bytes, parts[i].part->len);
}

static bool read_sealed(struct bytes_reader *r, struct api_sealed *ret)
{
	struct api_sealed_part parts[API_SEALED_PARTS];
	uint8_t given = bytes_read_u8(r);

	ret->given = given == 1;
	api_sealed_parts(ret, parts);
	for (size_t i = 0; ret->given && i < ARRAY_SIZE(parts); i++) {
		uint32_t len = bytes_read_be32(r);
		if (len > API_TPM_MAX || !bytes_read(r, parts[i].part->bytes, len))
			return false;
		parts[i].part->len = len;
	}
	return given <= 1;
}

size_t session_ipc_encode_committed(const struct api_commit *commit, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, IPC_SMALL_MAX);
	struct api_commit copy = *commit;
	struct api_commit_text texts[API_COMMIT_TEXTS];

	api_commit_texts(&copy, texts);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		bytes_write_string(&w, texts[i].text, strlen(texts[i].text));
	write_sealed(&w, &copy.sealed);
	return w.len;
}

bool session_ipc_decode_committed(
	const struct frame *frame, enum session_ipc_type type, struct api_commit *ret)
{
	struct bytes_reader r = bytes_reader(frame->payload, frame->len);
	struct api_commit commit;
	struct api_commit_text texts[API_COMMIT_TEXTS];

	memset(&commit, 0, sizeof(commit));
	api_commit_texts(&commit, texts);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		uint32_t len = bytes_read_be32(&r);
		if (len >= API_TEXT_MAX || !bytes_read(&r, texts[i].text, len))
			return false;
	}
	if (frame->type != type || !read_sealed(&r, &commit.sealed) || !bytes_reader_done(&r))
		return false;
	*ret = commit;
	return true;
}

size_t session_ipc_encode_add_data(const struct api_add_data *request, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, IPC_SMALL_MAX);

	bytes_write(&w, request->entropy, sizeof(request->entropy));
	bytes_write_be64(&w, (uint64_t)request->timestamp);
	return w.len;
}

bool session_ipc_decode_add_data(const struct frame *frame, struct api_add_data *ret)
{
	struct bytes_reader r = bytes_reader(frame->payload, frame->len);
	struct api_add_data request;

	bytes_read(&r, request.entropy, sizeof(request.entropy));
	request.timestamp = (int64_t)bytes_read_be64(&r);
	if (frame->type != IPC_ADD_DATA || !bytes_reader_done(&r) || request.timestamp < 0)
		return false;
	*ret = request;
	return true;
}

size_t session_ipc_encode_secure_boot(const struct ipc_secure_boot *request, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, IPC_SMALL_MAX);

	bytes_write_u8(&w, request->menu);
	for (size_t i = 0; i < EFI_SB_N; i++)
		bytes_write_u8(&w, request->append[i]);
	bytes_write_u8(&w, (uint8_t)request->boot);
	return w.len;
}

bool session_ipc_decode_secure_boot(const struct frame *frame, struct ipc_secure_boot *ret)
{
	struct bytes_reader r = bytes_reader(frame->payload, frame->len);
	struct ipc_secure_boot request = { .menu = false };
	uint8_t flag = bytes_read_u8(&r), most = flag;

	request.menu = flag == 1;
	for (size_t i = 0; i < EFI_SB_N; i++) {
		flag = bytes_read_u8(&r);
		request.append[i] = flag == 1;
		most = MAX(most, flag);
	}
	uint8_t boot = bytes_read_u8(&r);
	if (frame->type != IPC_SECURE_BOOT || !bytes_reader_done(&r) || most > 1 ||
		boot >= ENROL_BOOT_N)
		return false;
	request.boot = (enum enrol_boot)boot;
	*ret = request;
	return true;
}

/* A text in a field of @cap bytes, the rest of which is zero. */
static void write_field(struct bytes_writer *w, const char *text, size_t cap)
{
	static const uint8_t zeros[IPC_FIELD_MAX];
	size_t len = strlen(text);

	assert(len < cap && cap <= IPC_FIELD_MAX);
	bytes_write(w, text, len);
	bytes_write(w, zeros, cap - len);
}

static bool read_field(struct bytes_reader *r, char *out, size_t cap)
{
	if (!bytes_read(r, out, cap))
		return false;
	for (size_t i = strnlen(out, cap); i < cap; i++)
		if (out[i] != '\0')
			return false;
	return out[cap - 1] == '\0';
}

#define WRITE_FIELD(w, text) write_field(w, text, sizeof(text))
#define READ_FIELD(r, text) read_field(r, text, sizeof(text))

size_t session_ipc_encode_commit(const struct api_believed *believed, uint8_t *out)
{
	static const struct api_believed_file none;
	struct bytes_writer w = bytes_writer(out, IPC_SMALL_MAX);

	bytes_write_u8(&w, believed->keep_files);
	bytes_write_u8(&w, believed->sealed);
	bytes_write_u8(&w, (uint8_t)believed->files_n);
	for (size_t i = 0; i < HOSTFILE_FILES_MAX; i++) {
		const struct api_believed_file *file =
			i < believed->files_n ? &believed->files[i] : &none;
		WRITE_FIELD(&w, file->name);
		WRITE_FIELD(&w, file->mac);
	}
	WRITE_FIELD(&w, believed->certificate);
	for (size_t i = 0; i < EFI_SB_N; i++)
		WRITE_FIELD(&w, believed->keys[i]);
	return w.len;
}

bool session_ipc_decode_commit(const struct frame *frame, struct api_believed *ret)
{
	struct bytes_reader r = bytes_reader(frame->payload, frame->len);
	struct api_believed believed = { .files_n = 0 };
	uint8_t keep = bytes_read_u8(&r), sealed = bytes_read_u8(&r), n = bytes_read_u8(&r);
	bool ok = frame->type == IPC_COMMIT && keep <= 1 && sealed <= 1 && n <= HOSTFILE_FILES_MAX;

	believed.keep_files = keep == 1;
	believed.sealed = sealed == 1;
	for (size_t i = 0; ok && i < HOSTFILE_FILES_MAX; i++) {
		struct api_believed_file *file = &believed.files[i];
		ok = READ_FIELD(&r, file->name) && READ_FIELD(&r, file->mac) &&
		     (i < n || (!file->name[0] && !file->mac[0]));
	}
	ok = ok && READ_FIELD(&r, believed.certificate);
	for (size_t i = 0; ok && i < EFI_SB_N; i++)
		ok = READ_FIELD(&r, believed.keys[i]);
	if (!ok || !bytes_reader_done(&r))
		return false;
	believed.files_n = n;
	*ret = believed;
	return true;
}

size_t session_ipc_encode_file(
	const struct ipc_file *file, const uint8_t *data, size_t len, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, IPC_SMALL_MAX + HOSTFILE_DATA_MAX);

	WRITE_FIELD(&w, file->name);
	WRITE_FIELD(&w, file->mac);
	bytes_write_be32(&w, file->keys_n);
	for (size_t i = 0; i < IPC_FINGERPRINTS_MAX; i++)
		WRITE_FIELD(&w, file->fingerprints[i]);
	bytes_write(&w, data, len);
	return w.len;
}

/* Only the keys of root have fingerprints, and there is at least one. */
static bool is_file(const struct ipc_file *file)
{
	bool logins = strcmp(file->name, HOSTFILE_ROOT_KEYS) == 0;

	if (hostfile_reason_against(file->name, strlen(file->name)) || !file->mac[0] ||
		logins != (file->keys_n > 0))
		return false;
	for (size_t i = 0; i < IPC_FINGERPRINTS_MAX; i++)
		if ((file->fingerprints[i][0] != '\0') != (i < file->keys_n))
			return false;
	return true;
}

bool session_ipc_decode_file(
	const struct frame *frame, struct ipc_file *ret, const uint8_t **ret_data, size_t *ret_len)
{
	struct bytes_reader r = bytes_reader(frame->payload, frame->len);
	struct ipc_file file = { .keys_n = 0 };
	size_t len = 0;
	bool ok = frame->type == IPC_FILE && READ_FIELD(&r, file.name) && READ_FIELD(&r, file.mac);

	file.keys_n = bytes_read_be32(&r);
	for (size_t i = 0; ok && i < IPC_FINGERPRINTS_MAX; i++)
		ok = READ_FIELD(&r, file.fingerprints[i]);
	const uint8_t *data = bytes_rest(&r, &len);
	if (!ok || !data || len == 0 || len > HOSTFILE_DATA_MAX || !is_file(&file))
		return false;
	*ret = file;
	*ret_data = data;
	*ret_len = len;
	return true;
}

size_t session_ipc_encode_certificate(
	const struct ipc_certificate *about, const char *line, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, IPC_SMALL_MAX + HOSTKEY_CERTIFICATE_MAX);

	WRITE_FIELD(&w, about->mac);
	WRITE_FIELD(&w, about->publickey);
	WRITE_FIELD(&w, about->ca);
	WRITE_FIELD(&w, about->key_id);
	WRITE_FIELD(&w, about->principals);
	bytes_write_be64(&w, about->valid_before);
	bytes_write(&w, line, strlen(line));
	return w.len;
}

bool session_ipc_decode_certificate(const struct frame *frame, struct ipc_certificate *ret,
	const uint8_t **ret_line, size_t *ret_len)
{
	struct bytes_reader r = bytes_reader(frame->payload, frame->len);
	struct ipc_certificate about = { .mac = "" };
	size_t len = 0;
	bool ok = frame->type == IPC_CERTIFICATE && READ_FIELD(&r, about.mac) &&
		  READ_FIELD(&r, about.publickey) && READ_FIELD(&r, about.ca) &&
		  READ_FIELD(&r, about.key_id) && READ_FIELD(&r, about.principals);

	about.valid_before = bytes_read_be64(&r);
	const uint8_t *line = bytes_rest(&r, &len);
	if (!ok || !line || len == 0 || len > HOSTKEY_CERTIFICATE_MAX || !about.mac[0] ||
		!about.ca[0] || !about.principals[0])
		return false;
	*ret = about;
	*ret_line = line;
	*ret_len = len;
	return true;
}
