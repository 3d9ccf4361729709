# SPDX-License-Identifier: BSD-2-Clause
"""The rules for sources as functions: texts in, complaints out.

A tree is a dict from a path below src/ to its text, so that the tests can try each rule on a
small made-up tree on which it must complain.
"""
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
BUILD = pathlib.Path(os.environ.get("STPROV_BUILD", ROOT / "build"))
STPROV = os.environ.get("STPROV", str(BUILD / "stprov"))

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
# `| 2 | `json/` | what it is | jansson |`: layer, folder and foreign library of a row.
LAYER_ROW = re.compile(r"(?m)^\| (\d+) \| `([\w.]+)/?` \| .* \| (.*) \|$")


def read_layers(text):
    """The table of docs/architecture.md: a list of folders for each layer, from the ground up."""
    layers = {}
    for number, folder, _ in LAYER_ROW.findall(text):
        layers.setdefault(int(number), []).append(folder)
    return [layers[number] for number in sorted(layers)]


def read_libraries(text):
    """{library: the one folder that may use it} of the same table."""
    return {library: folder for _, folder, library in LAYER_ROW.findall(text) if library != "-"}


# A file may include folders of lower layers, and its own folder.
LAYERS = read_layers(ARCHITECTURE)
LIBRARIES = read_libraries(ARCHITECTURE)
# Folders that may include fewer folders than their layer permits.
NARROWER = {"api": {"api", "http", "secrets", "json", "hostfile", "hostkey", "efi", "crypto",
                    "base"},
            "opening": {"opening", "secrets", "crypto", "base"}}
# Folders in which each file can be read after those that it includes.
LADDERS = {"api", "attest", "base", "console", "efi", "host", "opening", "ospkg", "privsep",
           "service", "tpm"}
# Made by the build; config.h and version.h hold texts only.
GENERATED = {"config.h", "version.h"}
# Headers of foreign libraries, by the library's name in the table.
HEADERS = {
    "openssl/": "OpenSSL",
    "jansson": "jansson",
    "seccomp": "libseccomp",
    "netlink/": "libnl-route-3",
    "linux/netlink": "libnl-route-3",
    "linux/rtnetlink": "libnl-route-3",
    "blkid": "libblkid",
}
FOREIGN = {prefix: LIBRARIES[library] for prefix, library in HEADERS.items()}
# Dependencies that meson.build may have, so that each library has an entry in HEADERS.
DEPENDENCIES = {"libcrypto", "libssl", "jansson", "libseccomp", "libnl-3.0", "libnl-route-3.0",
                "blkid"}
PRINTERS = {"console", "host", "local", "service", "setup", "status", "remote", "parts", "main.c"}

FILE_LINES = 500
FUNCTION_LINES = 60


def read_tree(top=SRC):
    return {str(path.relative_to(top)): path.read_text("utf-8")
            for path in sorted(top.rglob("*")) if path.suffix in (".c", ".h")}


def project_files():
    """The files of the project; without git, all files except those of builds."""
    listing = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT,
                             capture_output=True, check=False)
    if listing.returncode == 0:
        names = listing.stdout.decode().split("\0")[:-1]
    else:
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")]
        names = [n for n in names if not re.match(r"(build[^/]*|\.git)/|.*__pycache__/", n)]
    return sorted(ROOT / name for name in names
                  if (ROOT / name).is_file() and not (ROOT / name).is_symlink())


def is_text(path):
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return False
    return "\0" not in text


def written_files():
    """(name, text) of what people write: not the seeds of fuzz targets, nor data, nor the
    licence."""
    for path in project_files():
        name = str(path.relative_to(ROOT))
        if name.startswith(("tests/fuzz/corpus/", "tests/data/")) or path.suffix == ".json":
            continue
        if name != "LICENSE" and is_text(path):
            yield name, path.read_text("utf-8")


TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def blank(text, keep_strings=False):
    """C with blanks in place of its comments (and strings); line ends are kept."""
    def replace(match):
        token = match[0]
        if keep_strings and token[0] in "\"'":
            return token
        inside = re.sub(r"[^\n]", " ", token[1:-1])
        return token[0] + inside + token[-1] if token[0] in "\"'" else " " + inside + " "
    return TOKEN.sub(replace, text)


def strings(text):
    """(line number, literal as written, without its quotes) of each string in C, includes aside."""
    text = re.sub(r"(?m)^#include.*$", "", text)
    for match in TOKEN.finditer(text):
        if match[0][0] == '"':
            yield text.count("\n", 0, match.start()) + 1, match[0][1:-1]


def line_of(text, position):
    return text.count("\n", 0, position) + 1


# Layers -------------------------------------------------------------------------------------

def folder_of(path):
    return path.split("/")[0]


def layer_of(folder):
    for number, folders in enumerate(LAYERS):
        if folder in folders:
            return number
    return None


def check_include(path, header, tree):
    """The fault of one `#include "header"` in a file; None if there is none."""
    here, there = folder_of(path), folder_of(header)
    if header in GENERATED:
        return None
    if header not in tree:
        return f"includes {header}, which is not a path below src/"
    if here == there:
        return None
    if layer_of(there) is None or layer_of(there) > layer_of(here):
        return f"includes {header}, which is above it"
    if layer_of(there) == layer_of(here):
        return f"includes {header}, sideways in its layer"
    if there not in NARROWER.get(here, {there}):
        return f"includes {header}, which {here}/ may not use"
    return None


def layer_complaints(tree):
    complaints = []
    for path, text in tree.items():
        if layer_of(folder_of(path)) is None:
            complaints.append(f"{path}: {folder_of(path)} has no layer")
            continue
        for match in re.finditer(r'(?m)^\s*#\s*include\s*"([^"]*)"', blank(text, True)):
            if wrong := check_include(path, match[1], tree):
                complaints.append(f"{path}:{line_of(text, match.start(1))}: {wrong}")
    return complaints


def ring_complaints(tree):
    """Modules (a .c and its .h) of LADDERS that include each other in a ring."""
    edges = {}
    for path, text in tree.items():
        module = path.rsplit(".", 1)[0]
        for header in re.findall(r'(?m)^\s*#\s*include\s*"([^"]*)"', blank(text, True)):
            other = header.rsplit(".", 1)[0]
            if folder_of(path) == folder_of(header) and other != module:
                edges.setdefault(module, set()).add(other)
    complaints, done = [], set()

    def visit(module, way):
        if module in way:
            complaints.append("a ring: " + " -> ".join(way[way.index(module):] + [module]))
        elif module not in done:
            done.add(module)
            for other in sorted(edges.get(module, ())):
                visit(other, way + [module])

    for module in sorted(edges):
        if folder_of(module) in LADDERS:
            visit(module, [])
    return complaints


def foreign_complaints(tree):
    complaints = []
    for path, text in tree.items():
        for match in re.finditer(r'(?m)^\s*#\s*include\s*<([^>]*)>', blank(text)):
            for prefix, folder in FOREIGN.items():
                if match[1].startswith(prefix) and folder_of(path) != folder:
                    complaints.append(f"{path}:{line_of(text, match.start(1))}: includes "
                                      f"<{match[1]}>, which is for {folder}/ only")
    return complaints


def dependency_complaints(meson_text):
    """Libraries that meson.build uses and that have no folder in FOREIGN."""
    return [f"meson.build: {name} has no folder" for name in
            re.findall(r"(?:\bdependency|find_library)\(\s*'([^']*)'", meson_text)
            if name not in DEPENDENCIES]


PRINTING = re.compile(
    r"\b(?:(?:v?printf|puts|putchar|perror|psignal|warnx?|errx?|syslog|log_line)\s*\("
    r"|(?:stdout|stderr)\b|v?dprintf\s*\(\s*STD|write\s*\(\s*(?:STD(?:OUT|ERR)_FILENO|[12]\b))")


def printing_complaints(tree):
    """Printing outside the folders in PRINTERS. Writing to a FILE parameter is allowed."""
    complaints = []
    for path, text in tree.items():
        if folder_of(path) in PRINTERS or path in ("base/log.c", "base/log.h"):
            continue
        code = blank(text)
        for match in PRINTING.finditer(code):
            complaints.append(f"{path}:{line_of(code, match.start())}: prints: "
                              f"{code[match.start():match.end()].strip()}")
        if '#include "base/log.h"' in text:
            complaints.append(f"{path}: includes base/log.h")
    return complaints


# Secrets ------------------------------------------------------------------------------------

# Folders in which credentials and keys are at hand. They are compared with secret_equal() or
# CRYPTO_memcmp(), whose time does not depend on the bytes.
SECRET_FOLDERS = {"api", "base", "crypto", "opening", "privsep", "secrets", "service", "tpm"}
COMPARING = re.compile(r"\b(?:memcmp|bcmp|strn?(?:case)?cmp|memmem|strstr)\s*\(")
# {file: {the arguments of a comparison: why they may be compared openly}}.
OPENLY_COMPARED = {
    "api/bodies_file.c": {"efi_sb_variables[i].name->name, variable": "the name of a variable"},
    "api/bodies_seal.c": {"policy, POLICY_TPM": "the name of a policy",
                          "policy, POLICY_PCR": "the name of a policy"},
    "api/bodies_v1.c": {"text, want": "the name of a status"},
    "api/server.c": {"target, prefix, prefix_len": "a path",
                     "endpoints[i].name, target, len": "a path",
                     'value, "Basic ", 6': "a scheme",
                     "head->method, method": "a method",
                     'head->method, "GET"': "a method",
                     'head->method, "POST"': "a method"},
    "base/log.c": {'term, "dumb"': "a type of terminal"},
    "base/progress.c": {"row, progress->row": "a line of the console"},
    "base/text.c": {"p + i, word, word_len": "a text of a file", "text, word, word_len":
                    "a header's value"},
    "crypto/tls.c": {"der, context->cert, context->cert_len": "a certificate, which is sent"},
    "crypto/tls_psk.c": {"identity, PSK_IDENTITY, len": "the same name for everyone"},
    "crypto/tls_why.c": {"got, want, len": "an address"},
    "opening/opening.c": {"expected, client->commitment, sizeof(expected)":
                          "both were sent, or follow from what was sent"},
    "opening/server.c": {"hello, OPENING_HELLO, sizeof(hello)": "the name of the protocol"},
    "service/ask.c": {'line, "yes"': "an answer of the operator"},
    "service/certificate.c": {"about->publickey, offer->answer.publickey": "a public key",
                              "session->certificate.about.mac, believed->certificate":
                                  "a MAC that both sides show"},
    "service/decide.c": {"provision->facts.hostname, answered": "a host name",
                         "monitor->commit.hostname, monitor->provision.facts.hostname":
                             "a host name"},
    "service/files.c": {"session->files[i].about.name, name": "the name of a file",
                        "believed->files[i].name, staged->name": "the name of a file",
                        "believed->files[i].mac, staged->mac": "a MAC that both sides show",
                        "before, monitor->files.hash, sizeof(before)":
                            "two reads of variables, of which no peer chose a byte"},
    "service/keys.c": {"ours, hex": "a hash that both sides show"},
    "service/places.c": {"a->bytes, b->bytes, 8": "an address"},
    "service/provision.c": {"now->key_hash, before->key_hash, sizeof(now->key_hash)":
                            "two reads of a variable, of which no peer chose a byte",
                            "now->hostname, before->hostname": "a host name",
                            "offer->answer.hostname, provision->facts.hostname":
                                "a host name"},
    "service/session_ipc.c": {"file->name, HOSTFILE_ROOT_KEYS": "the name of a file"},
    "service/session_requests.c": {"file->name, HOSTFILE_ROOT_KEYS": "the name of a file",
                                   "certificate.public, session->prepared": "a public key"},
    "tpm/attest.c": {"statement.digest, digest, sizeof(digest)":
                     "digests of PCRs, which any process may read"},
    "tpm/client.c": {"policy, client->policy, TPM_HASH_SIZE": "digests of policies, stored openly"},
    "tpm/look.c": {"pcrs.values[i], zero, sizeof(zero)": "a PCR"},
    "tpm/open.c": {"digest, policy, sizeof(digest)": "digests of policies, stored openly"},
    "tpm/public.c": {"a->bytes, b->bytes, a->len": "names, which are public",
                     "bytes->bytes, template->bytes, wanted.unique_at": "public areas"},
    "tpm/sealed.c": {"run.p, text, run.len": "a word of a text that is stored openly",
                     "type, SSH_TYPE, type_len": "the type of a public key"},
    "tpm/transport.c": {"path, TPM_DEVICE": "a path"},
}


def comparisons(text):
    """(line number, arguments) of each comparison that takes its time by the bytes."""
    code = blank(text, keep_strings=True)
    for match in COMPARING.finditer(blank(text)):
        arguments = code[match.end():call_end(code, match.end()) - 1]
        yield line_of(code, match.start()), " ".join(arguments.split())


def comparison_complaints(tree, permitted):
    """Comparisons in SECRET_FOLDERS that are not in @permitted, and those there that are gone."""
    complaints, left = [], {(path, what) for path, rows in permitted.items() for what in rows}
    for path, text in tree.items():
        if folder_of(path) not in SECRET_FOLDERS:
            continue
        for line, arguments in comparisons(text):
            left.discard((path, arguments))
            if arguments not in permitted.get(path, {}):
                complaints.append(f"{path}:{line}: compares {arguments} in a time that tells where "
                                  "they differ")
    return complaints + [f"{path}: does not compare {what}" for path, what in sorted(left)]


def function_text(text, name):
    """The function of this name, without comments and strings; "" if there is none."""
    for found, first, count in functions(text):
        if found == name:
            return "\n".join(blank(text).split("\n")[first - 1:first - 1 + count])
    return ""


def constant_time_complaints(tree):
    """Of secret_equal(), which base/ has instead of CRYPTO_memcmp(), and spake2plus_confirms().

    Nothing in the loop of the former may end it.
    """
    complaints = []
    equal = function_text(tree["base/secret.c"], "secret_equal")
    loop = re.search(r"\bfor \(size_t i = 0; i < len; i\+\+\)\n\s*diff \|= a\[i\] \^ b\[i\];\n"
                     r"\s*return diff == 0;", equal)
    if not loop or equal.count("return") != 2 or equal.count("const volatile uint8_t *") != 2:
        complaints.append("base/secret.c: secret_equal() may end before the last byte")
    confirms = function_text(tree["crypto/spake2plus_keys.c"], "spake2plus_confirms")
    if not re.search(r"\{\s*return CRYPTO_memcmp\([^;]*\) == 0;\s*\}", confirms):
        complaints.append("crypto/spake2plus_keys.c: spake2plus_confirms() is not CRYPTO_memcmp()")
    return complaints


# Sizes --------------------------------------------------------------------------------------

def functions(text):
    """(name, first line, number of lines) of each function, its signature included."""
    lines = blank(text).split("\n")
    start = None
    for number, line in enumerate(lines):
        if line.startswith("{"):
            start = number
            while start > 0 and lines[start - 1].strip() and not re.search(
                    r"[;}]\s*$|^#", lines[start - 1]):
                start -= 1
        elif line.startswith("}") and start is not None:
            signature = " ".join(lines[start:number])
            name = re.search(r"(\w+)\s*\(", signature)
            yield name[1] if name else "?", start + 1, number - start + 1
            start = None


def size_complaints(tree):
    complaints = []
    for path, text in tree.items():
        if text.count("\n") > FILE_LINES:
            complaints.append(f"{path}: {text.count(chr(10))} lines, over {FILE_LINES}")
        for name, line, count in functions(text):
            if count > FUNCTION_LINES:
                complaints.append(f"{path}:{line}: {name}() has {count} lines, "
                                  f"over {FUNCTION_LINES}")
    return complaints


# Text ---------------------------------------------------------------------------------------

def white_space_complaints(name, text):
    complaints = [f"{name}:{number}: white space at the end of the line"
                  for number, line in enumerate(text.split("\n"), 1) if re.search(r"\s$", line)]
    if text and not text.endswith("\n"):
        complaints.append(f"{name}: no line end at its end")
    elif text.endswith("\n\n"):
        complaints.append(f"{name}: an empty line at its end")
    return complaints


LICENCE = "SPDX-License-Identifier: BSD-2-Clause"


def licence_complaints(name, text):
    """A program's text names its licence in its first two lines (the first may be `#!`)."""
    path = pathlib.PurePath(name)
    is_program = (path.suffix in (".c", ".h", ".py", ".sh", ".bash", ".build", ".1")
                  or path.parts[0] == "scripts" or text.startswith("#!"))
    if is_program and not any(LICENCE in line for line in text.split("\n")[:2]):
        return [f"{name}: no {LICENCE}"]
    return []


ESCAPE = re.compile(r"\\(x[0-9a-fA-F]+|[0-7]{1,3}|.)")
ERROR_CALL = re.compile(r"\b(?:error_set|error_set_errno|error_prefix|log_line)\s*\(")


def call_end(code, position):
    """The position after the `)` that closes the `(` before @position."""
    depth = 1
    while depth and position < len(code):
        depth += {"(": 1, ")": -1}.get(code[position], 0)
        position += 1
    return position


def visible_ranges(path, text):
    """The parts of a file whose strings an operator may see."""
    if folder_of(path) in PRINTERS or path == "cli/help.c":
        return [(0, len(text))]
    code = blank(text)
    return [(match.start(), call_end(code, match.end())) for match in ERROR_CALL.finditer(code)]


def console_complaints(tree):
    """Strings that would print other characters than ASCII and line ends on the console."""
    complaints = []
    for path, text in tree.items():
        for number, line in enumerate(text.split("\n"), 1):
            if re.search(r"[^\t\x20-\x7e]", line):
                complaints.append(f"{path}:{number}: a character that is not ASCII")
        for start, end in visible_ranges(path, text):
            for line, literal in strings(text[start:end]):
                wrong = [e for e in ESCAPE.findall(literal) if e not in ("n", '"', "\\")]
                if wrong:
                    number = line_of(text, start) + line - 1
                    complaints.append(f"{path}:{number}: \\{wrong[0]} in a text for the console")
    return complaints


# Manual pages -------------------------------------------------------------------------------

HELP_LINE = re.compile(r"^  (?:-(\w), |    )--([\w-]+)(?: ([A-Z_=]+))?(?:  .*)?$")
MAN_LINE = re.compile(r"^\.It (?:Fl (\w) , )?Fl -([\w-]+)(?: Ar ([A-Z_=]+))?$")


def ask_program(*words):
    """What the program answers."""
    return subprocess.run([STPROV, *words], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=30, check=False)


def commands(*words):
    """The commands that the program itself names at this level; [] where there are none."""
    run = ask_program(*words, "?")
    found = re.search(r'unknown command "\?": one of (.*)', run.stderr)
    return found[1].split(", ") if found else []


def program_commands():
    """Its tables, as lists of words: the levels, and the commands that are not levels."""
    # `help` knows them too, since it explains each.
    levels = [[]] + [[word] for word in commands() if word != "help" and commands(word)]
    leaves = [[*level, word] for level in levels for word in commands(*level)
              if [word] not in levels]
    return levels, leaves


def help_options(text):
    """(letter, name, metavar) of each option in a help text."""
    return {(m[1] or "", m[2], m[3] or "") for m in map(HELP_LINE.match, text.split("\n")) if m}


def man_sections(text):
    """The lines of a manual page by the title of their .Ss or .Sh section."""
    sections, title = {}, ""
    for line in text.split("\n"):
        if match := re.match(r"\.S[hs] (.*)", line):
            title = match[1].strip('"')
        sections.setdefault(title, []).append(line)
    return sections


def man_options(lines):
    return {(m[1] or "", m[2], m[3] or "") for m in map(MAN_LINE.match, lines) if m}


def manual_complaints(help_text, man_text, title):
    """Options that only the help, or only the manual page's section of this title has."""
    sections = man_sections(man_text)
    if title not in sections:
        return [f"no section {title}"]
    told, written = help_options(help_text), man_options(sections[title])
    if written and not told:
        return ["the help shows no options"]

    def show(o):
        return f"{'-' + o[0] + ', ' if o[0] else ''}--{o[1]} {o[2]}".strip()
    return ([f"{show(o)}: not in the manual page" for o in sorted(told - written)] +
            [f"{show(o)}: not in the help" for o in sorted(written - told)])


def synopsis_complaints(help_text, man_text, command):
    """The words of the usage that are not options in brackets, against the page's synopsis."""
    usage = re.sub(r"\[[^]]*\]", "", help_text.split("\n", 1)[0].removeprefix(f"stprov {command} "))
    found = re.search(rf"^\.Nm stprov {command}\n((?:\.(?!Nm|Sh).*\n)*)", man_text, re.MULTILINE)
    if not found:
        return [f"{command}: not in the synopsis"]
    required = [line for line in found[1].splitlines() if not line.startswith(".Op")]
    # `--` alone, `.Fl -` in mdoc(7), ends the options.
    words = [word for line in required for word in line[1:].split()
             if word not in ("Ar", "Fl", "-")]
    wanted = [word.lstrip("-") for word in usage.split() if word != "--"]
    if words != wanted:
        return [f"{command}: usage {wanted}, synopsis {words}"]
    return []


def help_form_complaints(text):
    return [f"line {number}: {what}" for number, line in enumerate(text.split("\n"), 1)
            for what, wrong in ((f"{len(line)} columns, over 80", len(line) > 80),
                                ("not ASCII", not re.fullmatch(r"[\x20-\x7e]*", line)))
            if wrong]


def mandoc_complaints(path):
    """The output of mandoc -T lint, without findings about pages missing on this machine."""
    run = subprocess.run(["mandoc", "-T", "lint", "-W", "style", str(path)],
                         capture_output=True, text=True, check=False)
    return [line for line in (run.stdout + run.stderr).split("\n")
            if line and not re.search("referenced manual not found|outdated mandoc.db", line)]


# Completion ---------------------------------------------------------------------------------

# What the completion offers after an option, by the word that the help has for its value; the
# others are texts, which cannot be guessed, or links.
VALUES = {"FILE": {"file"}, "PATH": {"file"}, "KEY": {"file"}, "DIR": {"dir"}, "MODE": {"mode"},
          "FORM": {"form"}, "HOW": {"seal"}, "STORE": {"store"}, "PART": {"part"}, "": {""}}


def completion_options(words):
    """{(letter, name): kind of value} of a table's words; arguments are at ("", "")."""
    found = {}
    for word in words.split():
        names, _, value = word.partition(":")
        letter, _, name = names.partition(",")
        found[letter, name] = value
    return found


def completion_complaints(help_text, words):
    """Differences between the completion's table of a command ("" if none) and its help."""
    told = {(letter, name): metavar for letter, name, metavar in help_options(help_text)}
    offered = completion_options(words)
    usage = re.sub(r" -\w+ [A-Z_]+|\[.*?\]", "", help_text.split("\n", maxsplit=1)[0])
    if len(usage.split()) > 3:
        told["", ""] = usage.split()[3]

    def show(o):
        return f"{'-' + o[0] + ', ' if o[0] else ''}--{o[1]}" if o[1] else "an argument"
    return ([f"{show(o)}: not completed" for o in sorted(told.keys() - offered.keys())] +
            [f"{show(o)}: not in the help" for o in sorted(offered.keys() - told.keys())] +
            [f"{show(o)} {told[o]}: completed as {offered[o] or 'a flag'}"
             for o in sorted(told.keys() & offered.keys())
             if offered[o] not in VALUES.get(told[o], {"text", "link", "links"})])


# Shell --------------------------------------------------------------------------------------

def shell_files(files):
    """Those that end in .sh or .bash, and those whose first line names a shell."""
    found = []
    for path in files:
        if path.suffix in (".c", ".h", ".json"):
            continue
        with open(path, "rb") as file:
            first = file.readline(200)
        if path.suffix in (".sh", ".bash") or re.match(rb"#!\s*\S*(?:/env\s+)?\b(?:ba|da)?sh\b",
                                                       first):
            found.append(path)
    return found


def python_files(files):
    """Those that end in .py, and those whose first line names Python."""
    found = []
    for path in files:
        if path.suffix in (".c", ".h", ".json"):
            continue
        with open(path, "rb") as file:
            first = file.readline(200)
        if path.suffix == ".py" or re.match(rb"#!\s*\S*python3?\b", first):
            found.append(path)
    return found


def flake8_complaints(paths):
    run = subprocess.run(["flake8", *map(str, paths)], cwd=ROOT, capture_output=True, text=True,
                         check=False)
    return [line for line in (run.stdout + run.stderr).split("\n") if line]


def spelling_complaints(paths):
    """Words that codespell holds for misspelled. A long list of files goes in pieces."""
    complaints = []
    for start in range(0, len(paths), 200):
        run = subprocess.run(["codespell", "--config", str(ROOT / ".codespellrc"), "-q", "3",
                              *map(str, paths[start:start + 200])], cwd=ROOT, capture_output=True,
                             text=True, check=False)
        complaints += [line for line in run.stdout.split("\n") if "==>" in line]
        if run.returncode not in (0, 65, len(complaints)) and not complaints:
            complaints.append(run.stderr)
    return complaints


def shellcheck_complaints(paths):
    run = subprocess.run(["shellcheck", "-x", "-f", "gcc", *map(str, paths)], cwd=ROOT,
                         capture_output=True, text=True, check=False)
    return [line for line in (run.stdout + run.stderr).split("\n") if line]


# Form ---------------------------------------------------------------------------------------

def format_complaints(paths):
    """Where C files differ from .clang-format."""
    run = subprocess.run(["clang-format", "--dry-run", "-Werror", "--style=file",
                          *map(str, paths)], cwd=ROOT, capture_output=True, text=True, check=False)
    return [line for line in (run.stdout + run.stderr).split("\n") if "clang-format" in line]


# Suites -------------------------------------------------------------------------------------

def suite_complaints(directory):
    """Test files below tests/ that no meson.build names: they would never run."""
    builds = {path.parent: path.read_text("utf-8") for path in directory.rglob("meson.build")}
    complaints = []
    for path in sorted(directory.rglob("*")):
        match = re.match(r"(test|fuzz)_(\w+)\.(py|c)$", path.name)
        if not match:
            continue
        build = builds.get(path.parent if match[3] == "c" else directory, "")
        if not re.search(rf"'(test_|fuzz_)?{match[2]}'", build):
            complaints.append(f"{path.relative_to(directory)}: not in a meson.build")
    return complaints


ARCHITECTURES = {"aarch64", "arm", "s390x"}  # by Meson's names, as tests/left-out has them


def left_out_complaints(directory):
    """Rows of tests/left-out that name a test which does not exist, or an architecture."""
    complaints = []
    for row in (directory / "left-out").read_text("utf-8").splitlines():
        if not (words := row.split("#")[0].split()):
            continue
        file = directory / "unit" / f"test_{words[0]}.c"
        text = file.read_text("utf-8") if file.exists() else ""
        if len(words) < 2 or set(words[2:]) - ARCHITECTURES or not text or \
                words[1] != "*" and f"TAP_TEST({words[1]})" not in text:
            complaints.append(f"{row}: no such test or architecture")
    return complaints


def proof_complaints(directory, table):
    """Drivers of proofs without a target, targets without a driver, both without a row."""
    targets = (directory / "targets.py").read_text("utf-8")
    drivers = {path.stem.removeprefix("proof_") for path in directory.glob("proof_*.c")}
    names = set(re.findall(r'(?m)^    Target\("(\w+)"', targets))
    rows = set(re.findall(r"(?m)^\| `(\w+)` \| \d+ \|", table))
    return ([f"{name}: a driver without a target" for name in sorted(drivers - names)]
            + [f"{name}: a target without a driver" for name in sorted(names - drivers)]
            + [f"{name}: not in the table of docs/testing.md" for name in sorted(names - rows)]
            + [f"{name}: in the table, but no target" for name in sorted(rows - names)])
