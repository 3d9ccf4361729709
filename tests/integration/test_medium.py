# SPDX-License-Identifier: BSD-2-Clause
"""Defaults on the boot medium: their order, their origin, and what is not used.

tests/unit/test_medium.c has the file's form, test_defaults.py the check of each value, tests/qemu a
medium that is booted.
"""
import os
import re

import pytest

import harness
import netlab
import web
from medium import Medium

LEASE, ROUTER = "10.0.2.50/24", "10.0.2.1"
ORIGIN = "the boot medium, not signed"


@pytest.fixture(name="medium")
def fixture_medium(lab, tmp_path):
    return Medium(lab, tmp_path)


@pytest.fixture(name="run")
def fixture_run(lab, medium):
    """Runs a command of `stprov remote` to its end, in the root with the medium's files."""
    def run(command, *arguments, store=True):
        process = lab.start(harness.Process(
            ["remote", *command.split(), *(lab.store.options if store else []), *arguments],
            prefix=medium.prefix))
        process.keyboard.close()
        return lab.finish(process)
    return run


@pytest.fixture(name="peer")
def fixture_peer(lab):
    peer = lab.peer("eth0", addresses=[f"{ROUTER}/24"])
    lab.start(netlab.Dnsmasq(peer, f"--dhcp-option=3,{ROUTER}",
                             dhcp="10.0.2.50,10.0.2.50,255.255.255.0,1h"))
    return peer


def test_without_files_nothing_is_said(run):
    done = run("help", store=False)
    assert done.code == 0 and "not signed" not in done.out + done.err
    assert "not signed" not in run("help dhcp", store=False).out


def test_help_shows_the_values_and_their_origin(run, medium):
    medium.put("host = web01\nurl = https://me:hush@a.example.org/x\nport = 2010\n"
               "keymap = de\nauto = yes\n")
    shown = run("help", store=False).out
    assert shown.endswith(f"\nDefaults from {ORIGIN}:\n"
                          "host         web01\n"
                          "url          https://me:***@a.example.org/x\n"
                          "port         2010\n"
                          "keymap       de\n"
                          "auto         yes\n")
    shown = re.sub(r"\s+", " ", run("help dhcp", store=False).out)
    assert f"(default web01, from {ORIGIN})" in shown
    assert f"(default https://me:***@a.example.org/x, from {ORIGIN})" in shown
    assert "hush" not in shown and "(default 4s)" in shown
    shown = re.sub(r"\s+", " ", run("help run", store=False).out)
    assert f"(default 2010, from {ORIGIN})" in shown


def test_the_file_comes_after_options_and_before_what_is_compiled_in(lab, run, medium, peer):
    server = lab.web(peer)
    medium.put(f"full-host = web01.example.org\nurl = {server.url()}\ndns = {ROUTER}\n"
               "allow = 10.0.2.0/24\nwait = 20s\n")
    done = run("dhcp").good()
    assert lab.hostname() == "web01.example.org"
    assert lab.resolv()[1:] == [f"nameserver {ROUTER}"]
    assert f'"ospkg_pointer":"{server.url()}"' in lab.host_config()
    assert done.err.startswith(f"defaults from {ORIGIN}: full-host, url, dns, allow, wait\n")
    # The networks of the file let the laptop in.
    done.says("^next: stprov remote run -E ")
    # -h and -H exclude each other, and the file has the other one.
    run("dhcp", "-h", "other", "-d", "10.0.2.9").good()
    assert lab.hostname() == "other.localhost.local"
    assert lab.resolv()[1:] == ["nameserver 10.0.2.9"]


def test_an_option_that_chooses_links_sets_the_files_aside(lab, run, medium, peer):
    server = lab.web(peer)
    medium.put(f"interface = eth7\nurl = {server.url()}\n")
    run("dhcp").failed("eth7")
    run("dhcp", "-A").good()
    run("dhcp", "-I", "eth0").good()


def test_roots_of_the_medium_are_used_unless_another_policy_is_named(
        lab, run, medium, peer, tmp_path):
    authority = web.Authority(tmp_path)
    server = lab.web(peer, tls=authority.server(names=[ROUTER]), port=443)
    medium.put(roots=authority.pem)
    url = f"https://{ROUTER}/x"
    done = run("dhcp", "-h", "a", "-r", url).good()
    assert done.err.startswith(f"defaults from {ORIGIN}: HTTPS roots\n")
    assert server is not None
    run("dhcp", "-h", "a", "-r", url, "-T", str(lab.policy)).failed()
    (tmp_path / "roots.pem").write_bytes(authority.pem)
    run("dhcp", "-h", "a", "-r", url, "-T", str(lab.policy), "--roots",
        str(tmp_path / "roots.pem")).good()
    run("dhcp", "-h", "a", "-r", url, "--roots", "/nowhere").failed("/nowhere: No such file")


def test_the_service_takes_port_networks_and_seal(lab, medium):
    port = harness.free_port()
    medium.put(f"port = {port}\nallow = 127.0.0.1/32\nseal = tpm\n")
    lab.store.write("STHostName", b"a.example.org")
    command = ["remote", "run", *lab.store.options]
    here = lab.start(harness.Process(command, prefix=medium.prefix))
    here.err.wait_for(rf"listening on 0.0.0.0:{port}\n")
    here.err.wait_for(rf"stprov local run -i 127.0.0.1 -p {port} -o [a-z-]+ --seal tpm\n")
    here.clean_up()
    there = lab.start(harness.Process([*command, "-p", "2009"], prefix=medium.prefix))
    there.err.wait_for("listening on 0.0.0.0:2009\n")


@pytest.mark.parametrize("text, reason", [
    ("full-host = web01.example.org\notp = x\n", "line 2: otp: not a key of this file"),
    ("full-host = web01.example.org\nport = 0\n",
     r'line 2: port: "0" is not a port from 1 to 65535')])
def test_of_a_wrong_file_nothing_is_used(lab, run, medium, peer, text, reason):
    server = lab.web(peer)
    medium.put(text)
    done = run("dhcp", "-r", server.url()).good()
    assert done.err.startswith(f"defaults from {ORIGIN}, are not used: {reason}\n")
    assert lab.hostname() == "localhost.local"
    shown = re.sub(r"\s+", " ", run("help", store=False).out)
    assert shown.endswith(f"Defaults from {ORIGIN}, are not used: error {reason} ")


def test_wrong_roots_are_told_and_nothing_is_used(run, medium):
    medium.put("host = a\n", roots="no certificate\n")
    shown = run("help", store=False).out
    assert "error        stprov.roots.cred: " in shown and "host         a" not in shown


def change_owner(medium):
    os.chown(medium.directory / "stprov.defaults.cred", 65534, 65534)


def let_others_write(medium):
    os.chmod(medium.directory, 0o777)


def let_others_make_it(medium):
    os.chmod(medium.root, 0o1777)


def put_a_link(medium):
    path = medium.directory / "stprov.defaults.cred"
    path.rename(medium.root / "elsewhere")
    path.symlink_to("/elsewhere")


@pytest.mark.parametrize("change, reason", [
    (change_owner, "stprov.defaults.cred: it is not root's, or others can write it"),
    (let_others_write, "credentials: it is not root's, or others can write it"),
    (let_others_make_it, "/: it is not root's, or others can write it"),
    (put_a_link, "stprov.defaults.cred: Too many levels of symbolic links")])
def test_files_that_another_user_could_have_made_are_not_used(run, medium, change, reason):
    medium.put("host = a\n")
    change(medium)
    shown = re.sub(r"\s+", " ", run("help", store=False).out)
    assert shown.endswith(f"Defaults from {ORIGIN}, are not used: error {reason} ")


def test_the_guide_proposes_them(lab, medium, peer):
    server = lab.web(peer)
    medium.put(f"host = web01\nurl = {server.url()}\ndns = {ROUTER}\ninterface = eth0\n"
               "allow = 10.0.2.0/24\n")
    here = lab.start(harness.Process(["remote", *lab.store.options], console="terminal",
                                     prefix=medium.prefix))

    def answer(question, text=""):
        here.out.wait_for(question)
        here.type(f"{text}\n")

    here.out.wait_for(f"defaults from {ORIGIN}: host, url, dns, interface, allow")
    answer(r"network by dhcp or static \[dhcp\]: ")
    here.out.wait_for(f"the name on {ORIGIN}, is proposed")
    answer(r"host name \[web01.localhost.local\]: ")
    answer(rf"OS package URL \[{re.escape(server.url())}\]: ")
    answer(r"or more \(o\): DNS, link, user \[yes\]: ", "o")
    answer(rf"DNS servers \[{ROUTER}\]: ")
    answer(r"link: one, bond, or names like eth0 eth1 \[eth0\]: ", "one")
    answer(r"user in the URLs \[stboot\]: ")
    answer(r"password in the URLs .*: ")
    here.out.wait_for(r"stprov remote dhcp -h web01 -A ")
    answer(r"(?s)or more \(o\).*or more \(o\): DNS, link, user \[yes\]: ")
    answer(r"wait for the laptop now, yes or no \[yes\]: ")
    answer(r"networks that may connect \[10.0.2.0/24\]: ")
    here.out.wait_for("clients may connect from 10.0.2.0/24")
    assert lab.hostname() == "web01.localhost.local"
