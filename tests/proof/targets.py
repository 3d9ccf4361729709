# SPDX-License-Identifier: BSD-2-Clause
"""What is proven: a driver (proof_NAME.c), the sources that it calls, and how much there is."""
import dataclasses

# In the copy these functions have another name, and models.c has them in their place.
MODELLED = tuple(
    ("src/base/bytes.c", f"\n{function}(", f"\n{function}_itself(")
    for function in ("struct bytes_reader bytes_reader", "bool bytes_read",
                     "bool bytes_write_from"))

# (file, a place that it has once, an annotation before this place): where Eva is to look at each
# value alone. They are comments of C, steer Eva and prove nothing.
HINTS = (
    ("src/base/bytes.c", "\tif (len > 0)\n\t\tmemcpy(w->data + at, data, len);", "split len;"),
    ("src/base/text.c", "\t\tif (n + (plain ? 1 : 4) >= cap)", "split plain;"),
    ("src/base/text.c", "\tfor (size_t i = 0; i < len; i++) {\n\t\tbool plain",
     "loop invariant n < cap;"),
    ("src/neighbour/nd.c", "\tconst uint8_t *message = bytes_view(r, len);", "split len;"),
    ("src/neighbour/icmp.c", "\tconst uint8_t *header = bytes_view(r, header_len);",
     "split header_len;"),
    ("src/dhcp/packet.c", "\tconst uint8_t *header = bytes_view(r, header_len);",
     "split header_len;"),
    ("src/dhcp/packet.c", "\tconst uint8_t *udp = bytes_view(&r, udp_len);", "split udp_len;"),
    ("src/eventlog/eventlog.c", "\tfor (size_t i = 0; i < log->n; i++) {\n\t\tuint16_t id",
     "split log->n;"),
    ("src/secrets/code.c", "\tfor (size_t i = 0; i < code->len; i++) {\n\t\tchar c = lower",
     "loop widen_hints ret->len, 512;"),
    ("src/secrets/code.c", "\tif (begin >= end)", "split begin;"),
    ("src/secrets/code.c", "\tif (read_words(&inner, &letters))", "merge begin;"),
)

# (file, function): where Eva is to keep how variables are related (x <= y), which takes longer.
RELATED = (
    ("src/base/bytes.c", "bytes_view"),
    ("src/base/bytes.c", "bytes_write"),
    ("src/net/hostname.c", "reason_against_label"),
    ("src/net/hostname.c", "reason_against_labels"),
)


@dataclasses.dataclass
class Target:
    """One proof."""
    name: str
    size: int  # bytes; every length up to it
    sources: tuple
    fault: tuple  # (file, text that is in it once, what replaces it): an error that must be found
    reached: int  # statements, at least; of the functions that are called
    unreached: int = 0  # statements, at most; docs/testing.md says why
    seconds: float = 5  # of processor time, about: the longest begins first
    options: tuple = ()
    precision: int = 1
    real_reader: bool = False  # with bytes.c alone, without its models
    hints: tuple = ()  # as HINTS, for this target alone


SECRET = "src/base/secret.c", "src/base/secret_linux.c"
BYTES = ("src/base/bytes.c",)
NET = BYTES + ("src/net/addr.c", "src/net/mac.c")
DHCP = BYTES + ("src/dhcp/options.c", "src/net/addr.c", "src/net/hostname.c")
# FRAME_PAYLOAD_MAX: any frame between processes.
FRAME = 64 * 1024 + 256
CHECKSUM = ("src/packet/checksum.c",)
# Callers of checksum_add() are held to its contract, and its own proof is `checksum`.
BY_CONTRACT = ("-eva-use-spec", "checksum_add")

# Each size alone is too much for `auth`, which has more bytes.
SIGLIST = (
    ("src/efi/siglist.c", "\tif (header > body)", "split body;"),
    ("src/efi/siglist.c", "\t*ret_n = body / each;", "split each;"),
    ("src/efi/siglist.c", "\treturn true;\n}\n\nint efi", "assert *ret_n * each <= body;"),
    ("src/efi/siglist.c", "\tif (!count_signatures", "split body;"),
)

TARGETS = (
    Target("bytes", 9, BYTES,
           ("src/base/bytes.c", "if (r->failed || len > left) {",
            "if (r->failed || len > left + 1) {"), 155, 1, 3, real_reader=True),
    Target("checksum", 128, BYTES + CHECKSUM,
           ("src/packet/checksum.c", "i < len;", "i <= len;"), 34, 0, 3, real_reader=True,
           options=("-eva-auto-loop-unroll", "0", "-eva-slevel", "0")),
    Target("arp", 64, NET + ("src/neighbour/arp.c",),
           ("src/neighbour/arp.c", "bytes_read(&r, arp.target_mac, sizeof(arp.target_mac));",
            "bytes_read(&r, arp.target_mac, sizeof(arp));"), 122, 1, 4,
           real_reader=True),
    Target("nd", 200, NET + CHECKSUM + ("src/neighbour/nd.c", "src/neighbour/icmp.c"),
           ("src/neighbour/nd.c", "return bytes_reader(message, len);",
            "return bytes_reader(message, len + 1);"), 260, 1, 4, options=BY_CONTRACT),
    Target("icmp", 1514, NET + CHECKSUM + ("src/neighbour/icmp.c",),
           ("src/neighbour/icmp.c", "bytes_reader(message + 4, ICMP_LEN - 4)",
            "bytes_reader(message + 4, ICMP_LEN - 3)"), 195, 2, 2, options=BY_CONTRACT),
    Target("dhcp_packet", 1514, NET + CHECKSUM + ("src/dhcp/packet.c",),
           ("src/dhcp/packet.c", "bytes_read(&ip, ret_addresses, 8);",
            "bytes_read(&ip, ret_addresses, 9);"), 180, 1, 11, options=BY_CONTRACT),
    Target("dhcp_message", 1472, DHCP + ("src/dhcp/message.c",),
           ("src/dhcp/options.c", "lease->n_routes < DHCP_ROUTES_MAX",
            "lease->n_routes <= DHCP_ROUTES_MAX"), 680, 50, 15),
    Target("dhcp_ipc", FRAME, DHCP + ("src/dhcp/ipc.c", "src/base/text.c"),
           ("src/dhcp/ipc.c", "config.n > CANDIDATES_MAX", "config.n > CANDIDATES_MAX + 1"),
           660, 52, 8),
    Target("probe_ipc", FRAME, BYTES + ("src/setup/probe_ipc.c", *SECRET),
           ("src/setup/probe_ipc.c", "frame->len >= PROBE_STAGE_MAX",
            "frame->len > PROBE_STAGE_MAX"), 190, 1, 2),
    Target("label_ipc", FRAME, BYTES + ("src/store/label_ipc.c", "src/base/text.c"),
           ("src/store/label_ipc.c", "(size_t)(end - in), ret, LABEL_TEXT_MAX",
            "(size_t)(end - in), ret, LABEL_TEXT_MAX + 2"), 105, 7, 2),
    Target("session_ipc", FRAME,
           BYTES + ("src/service/session_ipc.c", "src/service/session_ipc_tpm.c", *SECRET,
                    "src/hostfile/hostfile.c", "src/tpm/types.c",
                    "src/api/bodies.c", "src/api/bodies_seal.c"),
           ("src/service/session_ipc.c", "len > API_TPM_MAX ||", "len > API_TPM_MAX + 1 ||"),
           560, 3, 5),
    Target("tpm_ipc", FRAME,
           BYTES + ("src/tpm/ipc.c", "src/tpm/types.c", "src/base/text.c", "src/tpm/parent.c"),
           ("src/tpm/ipc.c", "len >= sizeof(sent.text)", "len > sizeof(sent.text) + 1"),
           575, 4, 4),
    Target("tpm_public", 1024,
           BYTES + ("src/tpm/public.c", "src/tpm/statement.c", "src/tpm/parts.c",
                    "src/tpm/types.c"),
           ("src/tpm/statement.c", "if (i < TPM_PCRS / 8)\n",
            "if (i < TPM_PCRS / 8 + 2)\n"), 335, 2, 2),
    Target("opening", 256, BYTES + ("src/opening/opening.c", *SECRET),
           ("src/opening/opening.c", "confirm_v = message + OPENING_SHARE_SIZE;",
            "confirm_v = message + OPENING_SHARE_SIZE + 1;"), 220, 5, 1),
    Target("auth", 66000, BYTES + ("src/efi/siglist.c", "src/efi/auth.c"),
           ("src/efi/auth.c", "memcmp(guid, guid_pkcs7, EFI_GUID_SIZE)",
            "memcmp(guid, guid_pkcs7, EFI_GUID_SIZE + 1)"), 330, 0, 2),
    Target("efi_variable", 32, BYTES + ("src/efi/variable.c", *SECRET),
           ("src/efi/variable.c", "*ret_data = data;\n\t*ret_len = len;",
            "*ret_data = data;\n\t*ret_len = len + 1;"), 112, 1, 2,
           real_reader=True),
    Target("driver", 64, BYTES + ("src/driver/frame.c", "src/base/text.c"),
           ("src/driver/frame.c", "reader->len >= sizeof(reader->line)",
            "reader->len > sizeof(reader->line)"), 240, 4, 8),
    Target("code", 512, BYTES + ("src/secrets/code.c", *SECRET),
           ("src/secrets/code.c", "begin < end && is_around",
            "begin <= end && is_around"), 400, 11, 9),
    Target("eventlog", 262145, BYTES + ("src/eventlog/eventlog.c",),
           ("src/eventlog/eventlog.c", "n < EVENTLOG_APPLICATIONS_MAX",
            "n <= EVENTLOG_APPLICATIONS_MAX"), 265, 0, 9),
    Target("tpm_codec", 4096,
           BYTES + ("src/tpm/codec.c", "src/tpm/codec_answers.c", "src/tpm/parts.c",
                    "src/tpm/types.c", *SECRET),
           ("src/tpm/codec_answers.c", "return *ret_len <= cap &&",
            "return *ret_len <= cap + 1 &&"), 615, 3, 4),
    Target("siglist", 128, BYTES + ("src/efi/siglist.c",),
           ("src/efi/siglist.c", ".data = start + EFI_GUID_SIZE,",
            ".data = start + EFI_GUID_SIZE + 1,"),
           165, 0, 2, hints=SIGLIST),
    Target("dhcp_packet_check", 1515, NET + CHECKSUM + ("src/dhcp/packet.c",),
           ("src/dhcp/packet.c", "len <= type_at", "len < type_at"), 145, 13, 10,
           options=BY_CONTRACT),
    Target("tpm_certificate", 130,
           BYTES + ("src/tpm/ipc.c", "src/tpm/types.c", "src/base/text.c", "src/tpm/parent.c"),
           ("src/tpm/ipc.c", "attest->chain + used, len)",
            "attest->chain + used + 1, len)"), 97, 3, 2,
           hints=(("src/tpm/ipc.c", "\tif (used > sizeof", "split len;"),)),
)
