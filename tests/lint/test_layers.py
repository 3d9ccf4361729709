# SPDX-License-Identifier: BSD-2-Clause
"""Includes point down, foreign libraries stay in their folder, only the top prints."""
import re

import rules

TREE = rules.read_tree()
MESON = (rules.ROOT / "meson.build").read_text()


def test_the_tree_is_there():
    assert "base/error.h" in TREE and "main.c" in TREE


def test_the_table_of_layers_is_read_and_names_every_folder():
    assert rules.LAYERS[0] == ["base"] and rules.LAYERS[-1] == ["main.c"]
    assert sorted(sum(rules.LAYERS, [])) == sorted(
        {rules.folder_of(path) for path in TREE})
    assert set(rules.LIBRARIES) == set(rules.HEADERS.values())


def test_the_build_goes_up_the_same_layers():
    order = re.findall(r"(?m)^\s*subdir\('(\w+)'\)", (rules.SRC / "meson.build").read_text())
    assert [rules.layer_of(folder) for folder in order] == sorted(map(rules.layer_of, order))
    assert sorted([*order, "main.c"]) == sorted(sum(rules.LAYERS, []))


def test_includes_point_down():
    assert rules.layer_complaints(TREE) == []


def test_no_ring_of_files():
    assert rules.ring_complaints(TREE) == []


def test_a_foreign_header_is_included_in_its_folder_only():
    assert rules.foreign_complaints(TREE) == []


def test_every_library_has_its_folder():
    assert "dependency(" in MESON
    assert rules.dependency_complaints(MESON) == []


def test_only_the_top_prints():
    assert rules.printing_complaints(TREE) == []


# That the rules can fail ------------------------------------------------------------------------

SMALL = {"base/error.h": "", "efi/efi.h": "", "net/addr.h": "", "json/json.h": "",
         "http/http.h": "",
         "api/server.h": "", "local/local.h": "", "setup/setup.h": "", "remote/remote.h": ""}


def layer_complaints_of(path, line):
    return rules.layer_complaints({**SMALL, path: "\n" + line + "\n"})


def test_includes_that_point_up_or_sideways_are_found():
    for path, header, word in [
            ("base/error.c", "efi/efi.h", "above"), ("efi/efi.c", "json/json.h", "sideways"),
            ("efi/efi.c", "http/http.h", "above"), ("service/run.c", "setup/setup.h", "sideways"),
            ("http/http.c", "api/server.h", "above"), ("api/server.c", "net/addr.h", "may not"),
            ("efi/efi.c", "efi.h", "not a path"), ("efi/efi.c", "efi/gone.h", "not a path"),
            ("efi/efi.c", "main.c", "not a path")]:
        complaints = layer_complaints_of(path, f'#include "{header}"')
        assert len(complaints) == 1 and word in complaints[0], (path, header, complaints)
        assert complaints[0].startswith(f"{path}:2: ")


def test_includes_that_point_down_are_not():
    for path, header in [("efi/efi.c", "base/error.h"), ("efi/efi.c", "efi/efi.h"),
                         ("remote/run.c", "json/json.h"), ("main.c", "local/local.h"),
                         ("efi/efi.c", "config.h")]:
        assert layer_complaints_of(path, f'#include "{header}"') == []
    assert layer_complaints_of("base/error.c", '/* #include "efi/efi.h" */') == []


def test_a_ring_is_found():
    ring = {"service/a.c": '#include "service/b.h"', "service/b.h": "",
            "service/b.c": '#include "service/c.h"', "service/c.h": '#include "service/a.h"',
            "service/a.h": "", "service/d.c": '#include "service/a.h"'}
    assert rules.ring_complaints(ring) == [
        "a ring: service/a -> service/b -> service/c -> service/a"]
    assert rules.ring_complaints({**ring, "service/c.h": ""}) == []


def test_a_folder_without_a_layer_is_found():
    assert rules.layer_complaints({"misc/misc.c": ""}) == ["misc/misc.c: misc has no layer"]


def test_foreign_headers_outside_their_folder_are_found():
    for path, header in [("remote/run.c", "openssl/evp.h"), ("json/read.c", "openssl/sha.h"),
                         ("api/bodies.c", "jansson.h"), ("remote/run.c", "seccomp.h"),
                         ("remote/static.c", "netlink/route/link.h"),
                         ("net/addr.c", "netlink/netlink.h"),
                         ("base/file.c", "linux/rtnetlink.h")]:
        assert len(rules.foreign_complaints({path: f"#include <{header}>\n"})) == 1, path
    assert rules.foreign_complaints({"crypto/tls.c": "#include <openssl/ssl.h>\n"}) == []
    assert rules.foreign_complaints({"json/read.c": "#include <jansson.h>\n"}) == []


def test_an_unknown_library_is_found():
    assert rules.dependency_complaints("a = dependency('libfoo')\n") == [
        "meson.build: libfoo has no folder"]
    assert rules.dependency_complaints("cc.find_library('m')") == ["meson.build: m has no folder"]
    assert rules.dependency_complaints("declare_dependency(link_with: x)") == []


def test_printing_below_the_top_is_found():
    for line in ['printf("x");', 'puts("x");', 'fprintf(stderr, "x");', 'fputs("x", stdout);',
                 'log_line("x");', 'perror("x");', 'write(STDERR_FILENO, "x", 1);',
                 'write(2, "x", 1);', 'dprintf(STDOUT_FILENO, "x");', 'vprintf(format, args);',
                 'fflush(stdout);', '#include "base/log.h"']:
        assert rules.printing_complaints({"efi/efi.c": line + "\n"}), line
        assert rules.printing_complaints({"cli/help.c": line + "\n"}), line
        assert rules.printing_complaints({"remote/run.c": line + "\n"}) == []
        assert rules.printing_complaints({"main.c": line + "\n"}) == []


def test_what_does_not_print_is_not():
    for line in ['snprintf(text, 3, "x");', 'fprintf(file, "x");', 'write(fd, "x", 1);',
                 '/* never printf() here */', 'error_set(e, 1, "stderr");', "sprintf(o, \"x\");"]:
        assert rules.printing_complaints({"efi/efi.c": line + "\n"}) == [], line
