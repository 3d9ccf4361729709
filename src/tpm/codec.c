/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers, authorizations and commands of TPM 2.0 as bytes: see codec.h. */
#include "tpm/codec.h"

#include <string.h>

#include "base/secret.h"
#include "tpm/parts.h"

#define PCR_SELECT_SIZE 3

void tpm_request_wipe(struct tpm_request *request)
{
	secret_wipe_bytes(request, sizeof(*request));
}

void tpm_answer_wipe(struct tpm_answer *answer)
{
	secret_wipe_bytes(answer, sizeof(*answer));
}

/* -- messages --------------------------------------------------------------------------------- */

static void write_sized(struct bytes_writer *w, const void *data, size_t len)
{
	assert(len <= UINT16_MAX);
	bytes_write_be16(w, (uint16_t)len);
	if (len > 0)
		bytes_write(w, data, len);
}

static void write_authorization(struct bytes_writer *w, const struct tpm_authorization *a)
{
	bytes_write_be32(w, a->handle);
	write_sized(w, a->nonce, a->nonce_len);
	bytes_write_u8(w, a->attributes);
	write_sized(w, a->hmac, a->hmac_len);
}

size_t tpm_message_write(const struct tpm_request *request,
	const struct tpm_authorization *authorizations, size_t n, uint8_t out[TPM_MESSAGE_MAX])
{
	uint8_t area[TPM_AUTHS_MAX * (sizeof(struct tpm_authorization) + 4)];
	struct bytes_writer a = bytes_writer(area, sizeof(area));
	struct bytes_writer w = bytes_writer(out, TPM_MESSAGE_MAX);

	for (size_t i = 0; i < n; i++)
		write_authorization(&a, &authorizations[i]);
	const size_t len =
		TPM_HEADER_SIZE + 4 * request->n_handles + (n > 0 ? 4 + a.len : 0) + request->len;
	bytes_write_be16(&w, n > 0 ? TPM_ST_SESSIONS : TPM_ST_NO_SESSIONS);
	bytes_write_be32(&w, (uint32_t)len);
	bytes_write_be32(&w, request->command);
	for (size_t i = 0; i < request->n_handles; i++)
		bytes_write_be32(&w, request->handles[i].handle);
	if (n > 0) {
		bytes_write_be32(&w, (uint32_t)a.len);
		bytes_write(&w, area, a.len);
	}
	bytes_write(&w, request->params, request->len);
	assert(bytes_writer_ok(&a) && bytes_writer_ok(&w) && w.len == len);
	return len;
}

size_t tpm_message_length(const uint8_t *message, size_t len)
{
	struct bytes_reader r = bytes_reader(message, len);

	bytes_read_be16(&r); /* the tag */
	uint32_t says = bytes_read_be32(&r);
	if (!bytes_reader_ok(&r) || says < TPM_HEADER_SIZE || says > TPM_MESSAGE_MAX)
		return 0;
	return says;
}

static bool read_authorization(struct bytes_reader *r, struct tpm_authorization *ret)
{
	ret->nonce_len = bytes_read_be16(r);
	if (ret->nonce_len > sizeof(ret->nonce) || !bytes_read(r, ret->nonce, ret->nonce_len))
		return false;
	ret->attributes = bytes_read_u8(r);
	ret->hmac_len = bytes_read_be16(r);
	return ret->hmac_len <= sizeof(ret->hmac) && bytes_read(r, ret->hmac, ret->hmac_len);
}

bool tpm_message_read(const uint8_t *message, size_t len, const struct tpm_request *request,
	size_t n, uint32_t *ret_code, struct tpm_answer *ret_answer,
	struct tpm_authorization *ret_authorizations)
{
	struct bytes_reader r = bytes_reader(message, len);
	uint16_t tag = bytes_read_be16(&r);

	if (bytes_read_be32(&r) != len || len > TPM_MESSAGE_MAX)
		return false;
	*ret_code = bytes_read_be32(&r);
	/* A refusal is a header. TPM 1.2's, to a command that it does not know, has a tag of its
	 * own. */
	if (*ret_code != 0)
		return bytes_reader_done(&r);
	if (tag != (n > 0 ? TPM_ST_SESSIONS : TPM_ST_NO_SESSIONS))
		return false;
	ret_answer->handle = request->answers_handle ? bytes_read_be32(&r) : 0;
	ret_answer->len = n > 0 ? bytes_read_be32(&r) : bytes_left(&r);
	if (ret_answer->len > sizeof(ret_answer->params) ||
		!bytes_read(&r, ret_answer->params, ret_answer->len))
		return false;
	for (size_t i = 0; i < n; i++) {
		memset(&ret_authorizations[i], 0, sizeof(ret_authorizations[i]));
		if (!read_authorization(&r, &ret_authorizations[i]))
			return false;
	}
	return bytes_reader_done(&r);
}

/* -- commands --------------------------------------------------------------------------------- */

void tpm_write_pcrs(struct bytes_writer *w, uint32_t mask)
{
	bytes_write_be32(w, 1); /* banks */
	bytes_write_be16(w, TPM_ALG_SHA256);
	bytes_write_u8(w, PCR_SELECT_SIZE);
	for (unsigned i = 0; i < PCR_SELECT_SIZE; i++)
		bytes_write_u8(w, (uint8_t)(mask >> 8 * i));
}

/* Begins a request; request_end() ends it. */
static struct bytes_writer request_begin(struct tpm_request *ret, enum tpm_command command)
{
	*ret = (struct tpm_request){ .command = command };
	return bytes_writer(ret->params, sizeof(ret->params));
}

static void add_handle(struct tpm_request *request, const struct tpm_entity *entity)
{
	request->handles[request->n_handles++] = *entity;
}

static void add_number(struct tpm_request *request, uint32_t handle)
{
	struct tpm_entity entity = tpm_entity(handle);

	add_handle(request, &entity);
}

static void request_end(struct tpm_request *request, const struct bytes_writer *w)
{
	assert(bytes_writer_ok(w));
	request->len = w->len;
}

void tpm_encode_start_auth_session(struct tpm_request *ret, const struct tpm_entity *key,
	const struct tpm_blob *salt, enum tpm_session_type type,
	const uint8_t nonce[TPM_NONCE_SIZE])
{
	struct bytes_writer w = request_begin(ret, TPM_CC_START_AUTH_SESSION);

	add_number(ret, key ? key->handle : TPM_RH_NULL);
	add_number(ret, TPM_RH_NULL); /* bound to nothing */
	ret->answers_handle = true;
	write_sized(&w, nonce, TPM_NONCE_SIZE);
	write_sized(&w, key ? salt->bytes : NULL, key ? salt->len : 0);
	bytes_write_u8(&w, (uint8_t)type);
	if (key) {
		bytes_write_be16(&w, TPM_ALG_AES);
		bytes_write_be16(&w, 128);
		bytes_write_be16(&w, TPM_ALG_CFB);
	} else {
		bytes_write_be16(&w, TPM_ALG_NULL);
	}
	bytes_write_be16(&w, TPM_ALG_SHA256);
	request_end(ret, &w);
}

/* TPM2B_SENSITIVE_CREATE with an empty password, TPM2B_PUBLIC, no outsideInfo, no creationPCR. */
static void write_creation(
	struct bytes_writer *w, const void *data, size_t len, const struct tpm_blob *template)
{
	bytes_write_be16(w, (uint16_t)(4 + len));
	bytes_write_be16(w, 0);
	write_sized(w, data, len);
	write_sized(w, template->bytes, template->len);
	bytes_write_be16(w, 0);
	bytes_write_be32(w, 0);
}

void tpm_encode_create_primary(
	struct tpm_request *ret, uint32_t hierarchy, const struct tpm_blob *template)
{
	struct bytes_writer w = request_begin(ret, TPM_CC_CREATE_PRIMARY);

	add_number(ret, hierarchy);
	ret->answers_handle = true;
	write_creation(&w, NULL, 0, template);
	request_end(ret, &w);
}

void tpm_encode_create(struct tpm_request *ret, const struct tpm_entity *parent, const void *data,
	size_t len, const struct tpm_blob *template)
{
	struct bytes_writer w = request_begin(ret, TPM_CC_CREATE);

	add_handle(ret, parent);
	write_creation(&w, data, len, template);
	request_end(ret, &w);
}

void tpm_encode_load(struct tpm_request *ret, const struct tpm_entity *parent,
	const struct tpm_blob *private, const struct tpm_blob *public)
{
	struct bytes_writer w = request_begin(ret, TPM_CC_LOAD);

	add_handle(ret, parent);
	ret->answers_handle = true;
	write_sized(&w, private->bytes, private->len);
	write_sized(&w, public->bytes, public->len);
	request_end(ret, &w);
}

void tpm_encode_evict_control(
	struct tpm_request *ret, const struct tpm_entity *object, uint32_t persistent)
{
	struct bytes_writer w = request_begin(ret, TPM_CC_EVICT_CONTROL);

	add_number(ret, TPM_RH_OWNER);
	add_handle(ret, object);
	bytes_write_be32(&w, persistent);
	request_end(ret, &w);
}

void tpm_encode_flush_context(struct tpm_request *ret, uint32_t handle)
{
	struct bytes_writer w = request_begin(ret, TPM_CC_FLUSH_CONTEXT);

	bytes_write_be32(&w, handle);
	request_end(ret, &w);
}

void tpm_encode_read_public(struct tpm_request *ret, uint32_t handle)
{
	struct bytes_writer w = request_begin(ret, TPM_CC_READ_PUBLIC);

	add_number(ret, handle);
	request_end(ret, &w);
}

void tpm_encode_unseal(struct tpm_request *ret, const struct tpm_entity *object)
{
	struct bytes_writer w = request_begin(ret, TPM_CC_UNSEAL);

	add_handle(ret, object);
	request_end(ret, &w);
}

void tpm_encode_policy_pcr(struct tpm_request *ret, uint32_t session, uint32_t mask)
{
	struct bytes_writer w = request_begin(ret, TPM_CC_POLICY_PCR);

	add_number(ret, session);
	bytes_write_be16(&w, 0); /* no expected digest: the present values count */
	tpm_write_pcrs(&w, mask);
	request_end(ret, &w);
}

void tpm_encode_policy_secret(struct tpm_request *ret, uint32_t hierarchy, uint32_t session)
{
	struct bytes_writer w = request_begin(ret, TPM_CC_POLICY_SECRET);

	add_number(ret, hierarchy);
	add_number(ret, session);
	bytes_write_be16(&w, 0); /* nonceTPM */
	bytes_write_be16(&w, 0); /* cpHashA */
	bytes_write_be16(&w, 0); /* policyRef */
	bytes_write_be32(&w, 0); /* expiration */
	request_end(ret, &w);
}

void tpm_encode_pcr_read(struct tpm_request *ret, uint32_t mask)
{
	struct bytes_writer w = request_begin(ret, TPM_CC_PCR_READ);

	tpm_write_pcrs(&w, mask);
	request_end(ret, &w);
}

void tpm_encode_certify(struct tpm_request *ret, const struct tpm_entity *object,
	const struct tpm_entity *key, const uint8_t qualifying[TPM_HASH_SIZE])
{
	struct bytes_writer w = request_begin(ret, TPM_CC_CERTIFY);

	add_handle(ret, object);
	add_handle(ret, key);
	write_sized(&w, qualifying, TPM_HASH_SIZE);
	bytes_write_be16(&w, TPM_ALG_NULL); /* the key's own scheme */
	request_end(ret, &w);
}

void tpm_encode_quote(struct tpm_request *ret, const struct tpm_entity *key,
	const uint8_t qualifying[TPM_HASH_SIZE], uint32_t mask)
{
	struct bytes_writer w = request_begin(ret, TPM_CC_QUOTE);

	add_handle(ret, key);
	write_sized(&w, qualifying, TPM_HASH_SIZE);
	bytes_write_be16(&w, TPM_ALG_NULL);
	tpm_write_pcrs(&w, mask);
	request_end(ret, &w);
}

void tpm_encode_activate_credential(struct tpm_request *ret, const struct tpm_entity *object,
	const struct tpm_entity *key, const struct tpm_blob *credential,
	const struct tpm_blob *secret)
{
	struct bytes_writer w = request_begin(ret, TPM_CC_ACTIVATE_CREDENTIAL);

	add_handle(ret, object);
	add_handle(ret, key);
	write_sized(&w, credential->bytes, credential->len);
	write_sized(&w, secret->bytes, secret->len);
	request_end(ret, &w);
}

void tpm_encode_nv_read_public(struct tpm_request *ret, uint32_t index)
{
	struct bytes_writer w = request_begin(ret, TPM_CC_NV_READ_PUBLIC);

	add_number(ret, index);
	request_end(ret, &w);
}

void tpm_encode_nv_read(
	struct tpm_request *ret, const struct tpm_entity *index, size_t size, size_t offset)
{
	struct bytes_writer w = request_begin(ret, TPM_CC_NV_READ);

	assert(size <= TPM_BLOB_MAX && offset <= UINT16_MAX);
	add_handle(ret, index); /* its own authorization */
	add_handle(ret, index);
	bytes_write_be16(&w, (uint16_t)size);
	bytes_write_be16(&w, (uint16_t)offset);
	request_end(ret, &w);
}

void tpm_encode_get_capability(
	struct tpm_request *ret, enum tpm_capability capability, uint32_t first, uint32_t count)
{
	struct bytes_writer w = request_begin(ret, TPM_CC_GET_CAPABILITY);

	bytes_write_be32(&w, capability);
	bytes_write_be32(&w, first);
	bytes_write_be32(&w, count);
	request_end(ret, &w);
}
