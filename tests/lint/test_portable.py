# SPDX-License-Identifier: BSD-2-Clause
"""What the laptop runs keeps to headers and functions of POSIX.1-2017 (portable.py)."""
import portable
import pytest
import rules

TREE = rules.read_tree()
LAPTOP = portable.laptop_files(rules.SRC, TREE)


def test_the_laptops_files_are_found():
    assert {"main.c", "local/run.c", "base/signals_posix.c", "base/signals.h", "crypto/tls.c",
            "tpm/statement.c", "parts/laptop.c", "efi/name.c"} <= LAPTOP
    assert not {"base/signals_linux.c", "efi/txn.c", "tpm/role.c", "service/monitor.c",
                "parts/all.c", "net/listen.c"} & LAPTOP
    assert {path for path in TREE if path.startswith("local/")} <= LAPTOP


def test_the_laptops_files_keep_to_posix():
    assert [c for path in sorted(LAPTOP) for c in portable.complaints_of(path, TREE[path])] == []


def test_each_twin_has_what_the_other_has():
    assert any(path.endswith("_linux.c") for path in TREE)
    assert portable.twin_complaints(TREE) == []


# That the rules can fail ------------------------------------------------------------------------

@pytest.mark.parametrize("line", [
    "#include <sys/signalfd.h>", "#include <sys/ioctl.h>", "#include <openssl/evp.h>",
    "\tfd = accept4(a, b, c, 0);", "\tint fd = signalfd(-1, &set, 0);", "\texplicit_bzero(p, n);",
    "\tn = recv(fd, p, n, MSG_DONTWAIT);", "\tsigwaitinfo(&set, NULL);",
    "#define _GNU_SOURCE", "#define _XOPEN_SOURCE 700", "\tfd = open(\"/proc/self/fd/3\", 0);"])
def test_what_is_not_posix_is_found(line):
    assert len(portable.complaints_of("local/run.c", line + "\n")) == 1


@pytest.mark.parametrize("line", [
    "#include <poll.h>", "\tpoll(&p, 1, -1);", "/* as signalfd(2) */", "\tp->err(1);",
    "\tif (run.flock (2))", "#ifdef TCP_KEEPIDLE\nset(TCP_KEEPIDLE);\n#endif"])
def test_what_is_posix_passes(line):
    assert portable.complaints_of("local/run.c", line + "\n") == []


def test_a_library_and_a_feature_are_for_their_folder():
    assert portable.complaints_of("crypto/tls.c", "#include <openssl/evp.h>\n") == []
    assert portable.complaints_of("base/path.c", "#define _XOPEN_SOURCE 700\n") == []


def test_lines_for_linux_alone_are_left_out():
    text = ("a = ['x.c']\nif remote\n  a += ['y.c']\nelse\n  a += ['z.c']\nendif\n"
            "if cc.x()\n  a += ['w.c']\nendif\n")
    assert portable.folder_sources("f", text) == {"f/x.c", "f/z.c", "f/w.c"}


def test_a_twin_that_lacks_a_function_is_found():
    tree = {"base/a_linux.c": "int a(void)\n{\n}\n\nstatic int b(void)\n{\n}\n",
            "base/a_posix.c": "int c(void)\n{\n}\n"}
    assert portable.twin_complaints(tree) == ["base/a_posix.c: no a()", "base/a_linux.c: no c()"]
