# SPDX-License-Identifier: BSD-2-Clause
"""Secrets are compared in a time that does not depend on their bytes."""
import pytest

import rules

TREE = rules.read_tree()
SECRET = TREE["base/secret.c"]
KEYS = TREE["crypto/spake2plus_keys.c"]


def test_what_takes_its_time_by_the_bytes_compares_no_secret():
    assert rules.comparison_complaints(TREE, rules.OPENLY_COMPARED) == []


def test_each_open_comparison_has_a_reason():
    assert all(why for rows in rules.OPENLY_COMPARED.values() for why in rows.values())


def test_our_own_comparisons_look_at_each_byte():
    assert rules.constant_time_complaints(TREE) == []


def test_passwords_words_and_confirmations_are_compared_with_them():
    for path, call, count in [("service/requests.c",
                               "secret_equal(&monitor->config->credentials", 1),
                              ("secrets/code.c", "secret_equal(&words", 1),
                              ("opening/opening.c", "spake2plus_confirms(", 2)]:
        assert rules.blank(TREE[path]).count(call) == count, path


# That the rules can fail ------------------------------------------------------------------------

@pytest.mark.parametrize("code", [
    "if (memcmp(a, b, n) == 0)", "if (!strcmp(password, text))", "strncmp (a, b, 3)",
    "bcmp(a, b, 3)", "strncasecmp(a, b, 3)", "memcmp(\n\ta,\n\tb, n)", "memmem(a, 1, b, 1)"])
def test_an_open_comparison_is_found(code):
    for folder in rules.SECRET_FOLDERS:
        text = f"int f(void)\n{{\n{code};\n}}\n"
        complaint, = rules.comparison_complaints({f"{folder}/a.c": text},
                                                 {})
        assert complaint.startswith(f"{folder}/a.c:3: compares ")


@pytest.mark.parametrize("code", ["CRYPTO_memcmp(a, b, n)", "secret_equal(a, b, n)",
                                  "/* memcmp(a, b, n) */", 'puts("memcmp(a)")'])
def test_others_are_not(code):
    assert rules.comparison_complaints({"service/a.c": f"{code};\n"}, {}) == []


def test_the_reason_is_for_these_arguments_in_this_file():
    permitted = {"api/a.c": {"a, b, n": "why"}}
    assert rules.comparison_complaints({"api/a.c": "memcmp(a,\n\tb, n)"}, permitted) == []
    assert len(rules.comparison_complaints({"api/a.c": "memcmp(a, c, n)"}, permitted)) == 2
    assert len(rules.comparison_complaints({"api/b.c": "memcmp(a, b, n)"}, permitted)) == 2
    assert rules.comparison_complaints({"efi/a.c": "memcmp(a, c, n)"}, {}) == []


@pytest.mark.parametrize("old, new", [
    ("diff |= a[i] ^ b[i];", "if (a[i] != b[i])\n\t\t\treturn false;"),
    ("diff |= a[i] ^ b[i];", "if ((diff |= a[i] ^ b[i]))\n\t\t\tbreak;"),
    ("const volatile uint8_t *b", "const uint8_t *b"),
    ("return diff == 0;", "return memcmp(secret->bytes, bytes, len) == 0;")])
def test_a_comparison_that_ends_early_is_found(old, new):
    assert old in SECRET
    tree = {"base/secret.c": SECRET.replace(old, new), "crypto/spake2plus_keys.c": KEYS}
    assert len(rules.constant_time_complaints(tree)) == 1


def test_a_confirmation_by_memcmp_is_found():
    tree = {"base/secret.c": SECRET,
            "crypto/spake2plus_keys.c": KEYS.replace("CRYPTO_memcmp", "memcmp")}
    assert len(rules.constant_time_complaints(tree)) == 1
