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
	size_t len = 0;
	const uint8_t *text = bytes_rest(&r, &len);

	if (frame->type != IPC_ANSWER || !text || result > API_E_FAILED || len >= ERROR_TEXT_MAX)
		return false;
	ret->result = result;
	memcpy(ret->error.text, text, len);
	ret->error.text[len] = '\0';
	return true;
}

size_t session_ipc_encode_committed(const struct api_commit *commit, uint8_t *out)
{
	struct bytes_writer w = bytes_writer(out, IPC_SMALL_MAX);
	struct api_commit copy = *commit;
	struct api_commit_text texts[API_COMMIT_TEXTS];

	api_commit_texts(&copy, texts);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		bytes_write_string(&w, texts[i].text, strlen(texts[i].text));
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
	if (frame->type != type || !bytes_reader_done(&r))
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
