#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Provisions one platform by `stprov local console`, unless its record shows that this was done.

The record is a JSON file on the laptop: what `stprov local console --json` printed, and a salted
digest of each input. The inputs are what decides about the content of the platform: the host name,
the words for it, other options, and the content of each file. How its console is reached is not
one of them.
"""
import datetime
import hashlib
import json
import os
import secrets
import shlex
import signal
import subprocess
import tempfile

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: stprov
short_description: provisions a platform through its console
description:
  - Runs C(stprov local console) with the platform's console, on the machine of the operator.
  - A platform whose record has the same inputs, and whose SSH host key answers as recorded or does
    not answer, is left alone.
options:
  name: {type: str, required: true, description: the host name that the platform must have.}
  command: {type: str, required: true, description: "the program that shows the console, with its
    arguments, as a shell splits them; not expanded."}
  setup: {type: str, description: "words for C(stprov remote), which set up the network; without
    them it is left as it is."}
  run: {type: str, description: words for C(stprov remote run).}
  options: {type: str, description: more options of C(stprov local console).}
  leave: {type: str, description: "what makes I(command) end."}
  wait: {type: str, default: 20m, description: how long to wait for stprov on the console.}
  cr: {type: bool, default: false, description: a shell waits on the console.}
  pk: {type: path, description: Secure Boot PK in .auth form.}
  kek: {type: path, description: Secure Boot KEK.}
  db: {type: path, description: Secure Boot db.}
  dbx: {type: path, description: Secure Boot dbx.}
  files: {type: dict, default: {}, description: "files for the OS package, NAME: PATH."}
  authorized_keys: {type: path, description: public keys that may log in as root.}
  host_ca: {type: path, description: the key that signs the SSH host certificate.}
  principals: {type: list, elements: str, default: [], description: for whom it is valid.}
  validity: {type: str, description: how long it is valid.}
  known_hosts: {type: path, description: OpenSSH's file that gets the host key.}
  record: {type: path, required: true, description: "the platform's JSON file. What the program
    prints for people is beside it, in a file that ends with .log."}
  ssh_port: {type: int, default: 22, description: where the provisioned host answers.}
  force: {type: bool, default: false, description: provision the platform anew.}
  stprov: {type: path, default: stprov, description: the program.}
"""
RETURN = r"""
msg: {type: str, returned: always, description: "what was done, or would be done, and why."}
needed: {type: bool, returned: always, description: whether the platform is to be provisioned.}
ansible_facts: {type: dict, returned: if there is a record,
  description: "C(stprov): the object that C(stprov local console --json) printed."}
"""

FORMAT = 1
# Options whose value is a file: its content is the input.
CONTENTS = ("pk", "kek", "db", "dbx", "authorized_keys", "host_ca")
KEYSCAN_SECONDS = 5
# Ansible masks hidden values wherever they come in what is told. Words that are shorter have no
# password, and "sh" or "dhcp" is a part of many texts.
HIDDEN_MIN = 8
# What the facts, known_hosts, and the look at the host need.
NEEDED = ("hostname", "ip", "publickey", "fingerprint")


class Failure(Exception):
    """The sentence for the operator."""


def read_file(path, what):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Failure(f"{what}: {path}: {error.strerror}") from None


def read_inputs(params):
    """{name of the input: bytes}, without those that are not given."""
    inputs = {name: params[name] for name in ("name", "setup", "run", "options", "validity")}
    inputs["principals"] = ",".join(params["principals"])
    inputs = {name: value.encode() for name, value in inputs.items() if value}
    for name in CONTENTS:
        if params[name]:
            inputs[name] = read_file(params[name], name)
    for name, path in params["files"].items():
        inputs[f"file {name}"] = read_file(os.path.expanduser(str(path)), f"files: {name}")
    return inputs


def digests(inputs, salt):
    return {name: hashlib.sha256(salt.encode() + b"\0" + value).hexdigest()
            for name, value in sorted(inputs.items())}


# The record -------------------------------------------------------------------------------------

def check_result(result):
    """Whether it is what `stprov local console --json` prints."""
    return isinstance(result, dict) and all(
        isinstance(result.get(key), str) and result[key] for key in NEEDED) and \
        len(result["publickey"].split()) >= 2


def read_record(path):
    """None: there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Failure(f"the record {path}: {error.strerror}") from None
    except ValueError:
        record = None
    if not isinstance(record, dict) or record.get("format") != FORMAT or \
            not isinstance(record.get("inputs"), dict) or \
            not isinstance(record.get("salt"), str) or not check_result(record.get("result")):
        raise Failure(f"the record {path} is damaged: repair it, or remove it, or force provisions "
                      "the platform anew")
    return record


def write_file(path, data):
    """The whole file or none, for its owner alone."""
    directory = os.path.dirname(path) or "."
    os.makedirs(directory, mode=0o700, exist_ok=True)
    fd, temporary = tempfile.mkstemp(dir=directory, prefix=".stprov-")
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write_record(path, record):
    write_file(path, (json.dumps(record, indent=1) + "\n").encode())


# Whether there is something to do ---------------------------------------------------------------

def scan(result, port):
    """The host keys (type and base64) that answer at the recorded address; empty: it is not up."""
    kind = result["publickey"].split()[0]
    command = ["ssh-keyscan", "-T", str(KEYSCAN_SECONDS), "-p", str(port), "-t",
               "ed25519" if kind == "ssh-ed25519" else kind, "--", result["ip"]]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=6 * KEYSCAN_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return []
    except OSError as error:
        raise Failure(f"ssh-keyscan: {error.strerror}") from None
    lines = [line.split() for line in done.stdout.decode("ascii", "replace").splitlines()]
    return [words[1:3] for words in lines if len(words) >= 3 and not words[0].startswith("#")]


def reason(params, record, inputs):
    """Why the platform is to be provisioned; None: it is left alone."""
    if params["force"]:
        return "force is set"
    if record is None:
        return "there is no record of it"
    if record.get("pending"):
        return "the last attempt did not end well"
    now = digests(inputs, record["salt"])
    changed = sorted(name for name in now.keys() | record["inputs"].keys()
                     if now.get(name) != record["inputs"].get(name))
    if changed:
        return "changed: " + ", ".join(changed)
    result = record["result"]
    keys = scan(result, params["ssh_port"])
    if keys and result["publickey"].split()[:2] not in keys:
        return f"another SSH host key answers at {result['ip']}"
    return None


# Provisioning -----------------------------------------------------------------------------------

def build_command(params, has_record):
    words = [params["stprov"], "local", "console", "--yes", "--json", "--name", params["name"],
             "--wait-console", params["wait"]]
    for option, key in (("--setup", "setup"), ("--run", "run"), ("--leave", "leave"),
                        ("--validity", "validity"), ("--known-hosts", "known_hosts"),
                        ("--authorized-keys", "authorized_keys"), ("--host-ca", "host_ca"),
                        ("--pk", "pk"), ("--kek", "kek"), ("--db", "db"), ("--dbx", "dbx")):
        if params[key]:
            words += [option, params[key]]
    if params["principals"]:
        words += ["--principals", ",".join(params["principals"])]
    for name, path in params["files"].items():
        words += ["--file", f"{name}={os.path.expanduser(str(path))}"]
    if params["cr"]:
        words += ["--cr"]
    # What known_hosts has under its address is then its own earlier key.
    if has_record:
        words += ["--replace"]
    words += split(params["options"] or "", "options")
    command = split(params["command"], "command")
    if not command:
        raise Failure("command: it is empty")
    return [*words, "--", *command]


def split(text, what):
    try:
        return shlex.split(text)
    except ValueError:
        raise Failure(f"{what}: a quote is not closed") from None


def run_stprov(command, log):
    """(exit code, standard output, last line of standard error). A signal to this program
    interrupts stprov, which aborts on the platform too."""
    def interrupt(*_):
        process.send_signal(signal.SIGINT)

    with open(log, "wb") as err:
        os.fchmod(err.fileno(), 0o600)
        try:
            # In a session of its own: ctrl+c in a terminal would reach it twice, and the second
            # one means not to wait for the platform.
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=err, start_new_session=True)
        except OSError as error:
            raise Failure(f"{command[0]}: {error.strerror}") from None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, interrupt)
        out = process.communicate()[0]
    with open(log, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    return process.returncode, out, lines[-1] if lines else f"exit status {process.returncode}"


def provision(params, record, inputs):
    """What stprov prints."""
    path = params["record"]
    command = build_command(params, record is not None)
    os.makedirs(os.path.dirname(path) or ".", mode=0o700, exist_ok=True)
    if record:
        # If this does not end well, what is stored on the platform may be another key.
        write_record(path, {**record, "pending": True})
    code, out, last = run_stprov(command, os.path.splitext(path)[0] + ".log")
    if code != 0:
        raise Failure(last)
    try:
        result = json.loads(out)
    except ValueError:
        result = None
    if not check_result(result):
        raise Failure("stprov ended well, but did not print what was stored: see the platform's "
                      "status")
    salt = secrets.token_hex(16)
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    write_record(path, {"format": FORMAT, "time": now, "salt": salt,
                        "inputs": digests(inputs, salt), "result": result})
    return result


def work(module):
    params = module.params
    if params["force"]:
        try:
            record = read_record(params["record"])
        except Failure:
            record = None
    else:
        record = read_record(params["record"])
    inputs = read_inputs(params)
    build_command(params, False)  # its errors come before anything is done
    why = reason(params, record, inputs)
    facts = {"ansible_facts": {"stprov": record["result"]}} if record else {}
    if why is None:
        return {"changed": False, "needed": False, "msg": f"{params['name']} is left alone",
                **facts}
    if module.check_mode:
        return {"changed": True, "needed": True,
                "msg": f"{params['name']} would be provisioned: {why}", **facts}
    result = provision(params, record, inputs)
    return {"changed": True, "needed": True, "msg": f"{params['name']} is provisioned: {why}",
            "ansible_facts": {"stprov": result}}


def text(**more):
    return {"type": "str", **more}


def main():
    path = {"type": "path"}
    module = AnsibleModule(supports_check_mode=True, argument_spec={
        "name": text(required=True),
        # They may have passwords.
        "command": text(required=True, no_log=True), "setup": text(no_log=True),
        "run": text(no_log=True), "options": text(no_log=True),
        "leave": text(), "wait": text(default="20m"), "cr": {"type": "bool", "default": False},
        "pk": path, "kek": path, "db": path, "dbx": path,
        "files": {"type": "dict", "default": {}},
        # Names of files, not keys.
        "authorized_keys": {**path, "no_log": False}, "host_ca": path,
        "principals": {"type": "list", "elements": "str", "default": []}, "validity": text(),
        "known_hosts": path, "record": {**path, "required": True},
        "ssh_port": {"type": "int", "default": 22}, "force": {"type": "bool", "default": False},
        "stprov": {**path, "default": "stprov"}})
    module.no_log_values = {value for value in module.no_log_values if len(value) >= HIDDEN_MIN}
    try:
        done = work(module)
    except Failure as failure:
        module.fail_json(msg=f"{module.params['name']}: {failure}")
    except OSError as error:
        module.fail_json(msg=f"{module.params['name']}: {error}")
    module.exit_json(**done)


if __name__ == "__main__":
    main()
