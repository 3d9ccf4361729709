#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes a set of Secure Boot keys and their signed updates, new ones each time:
#
#	make-auth.sh DIR
#
# DIR/PK.auth KEK.auth db.auth dbx.auth   a correct chain; dbx has two SHA-256 hashes
# DIR/KEK-wrong.auth                      a KEK signed with a key that is not PK's
# DIR/dbx-append.auth KEK-append.auth     signed for appending (EFI_VARIABLE_APPEND_WRITE)
# DIR/dbx-wrong.auth db-by-PK.auth        signed with a key that is not in KEK
# DIR/PK-two.auth PK-append.auth          a PK of two certificates; one for appending
# DIR/db-issued.auth                      signed by a certificate that a key in KEK issued
# DIR/PK.key PK.crt KEK.key ...           the keys, for signing more
#
# Needs openssl, and efitools for cert-to-efi-sig-list and sign-efi-sig-list.
set -eu

[ $# -eq 1 ] || { echo "usage: $0 DIR" >&2; exit 2; }
mkdir -p "$1"
cd "$1"
umask 077
owner=d4f1b6a2-6c5e-4f5a-9d0e-2f4f6b1f2a70
# A fixed time stamp: those of later updates must be later.
stamp='2025-01-30 13:49:01'

key()
{
	openssl req -new -x509 -newkey rsa:2048 -sha256 -nodes -days 3650 -subj "/CN=stprov test $1" \
		-keyout "$1.key" -out "$1.crt" 2>/dev/null
}

# sign VARIABLE LIST SIGNER OUTPUT [-a]
sign()
{
	sign-efi-sig-list ${5:+"$5"} -t "$stamp" -k "$3.key" -c "$3.crt" "$1" "$2" "$4" >/dev/null
}

for name in PK KEK db stranger; do
	key "$name"
	cert-to-efi-sig-list -g "$owner" "$name.crt" "$name.esl"
done

# EFI_SIGNATURE_LIST by hand: EFI_CERT_SHA256_GUID, 124 bytes, no header, 48 a signature.
{
	printf '\046\026\304\301\114\120\222\100\254\251\101\371\066\223\103\050'
	printf '\174\0\0\0\0\0\0\0\060\0\0\0'
	for text in first second; do
		printf '\242\266\361\324\136\154\132\117\235\016\057\117\153\037\052\160'
		printf %s "$text" | openssl dgst -sha256 -binary
	done
} >dbx.esl

sign PK PK.esl PK PK.auth
sign KEK KEK.esl PK KEK.auth
sign db db.esl KEK db.auth
sign dbx dbx.esl KEK dbx.auth
sign KEK KEK.esl stranger KEK-wrong.auth
sign dbx dbx.esl KEK dbx-append.auth -a
sign KEK KEK.esl PK KEK-append.auth -a
sign dbx dbx.esl stranger dbx-wrong.auth
sign db db.esl PK db-by-PK.auth
cat PK.esl KEK.esl >two.esl
sign PK two.esl PK PK-two.auth
sign PK PK.esl PK PK-append.auth -a

# A key that KEK's key issued, as vendors sign: the list of KEK holds the issuer alone.
openssl req -new -newkey rsa:2048 -sha256 -nodes -subj "/CN=stprov test issued" \
	-keyout issued.key -out issued.csr 2>/dev/null
openssl x509 -req -in issued.csr -CA KEK.crt -CAkey KEK.key -set_serial 2 -days 3650 -sha256 \
	-out issued.crt 2>/dev/null
sign db db.esl issued db-issued.auth
rm -f issued.csr
rm -f ./*.esl stranger.key stranger.crt
