# SPDX-License-Identifier: BSD-2-Clause
"""COMMAND for a console that several can open: plug.py SOCKET (consoles.Hub)."""
import os
import select
import socket
import sys

with socket.socket(socket.AF_UNIX) as hub:
    hub.connect(sys.argv[1])
    while True:
        ready = select.select([0, hub], [], [])[0]
        data = os.read(0, 4096) if 0 in ready else hub.recv(4096)
        if not data:
            break
        if 0 in ready:
            hub.sendall(data)
        else:
            os.write(1, data)
