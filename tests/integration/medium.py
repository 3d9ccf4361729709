# SPDX-License-Identifier: BSD-2-Clause
"""The files of a stamped boot medium, where systemd-stub puts them: in a root of its own."""
import os
import pathlib


class Medium:
    """A root directory in the namespace of a lab's machine, which has all of the machine's and
    `/.extra/credentials`; programs enter it with `prefix`."""

    def __init__(self, lab, directory):
        root = pathlib.Path(directory) / "root"
        root.mkdir()
        lab.host.run("sh", "-c", f"mount -t tmpfs -o mode=755 tmpfs {root} && cd {root} && "
                     "for path in /*; do name=${path#/}; "
                     'if [ -L "$path" ]; then cp -a "$path" .; '
                     'elif [ -d "$path" ]; then mkdir "$name" && mount --rbind "$path" "$name"; '
                     "fi; done; mkdir -p -m 755 .extra/credentials")
        self.prefix = [*lab.host.prefix, "chroot", str(root)]
        self.root = pathlib.Path(f"{lab.host.root}{root}")
        self.directory = self.root / ".extra" / "credentials"

    def put(self, text=None, roots=None):
        for name, data in (("defaults", text), ("roots", roots)):
            if data is not None:
                path = self.directory / f"stprov.{name}.cred"
                path.write_bytes(data.encode() if isinstance(data, str) else data)
                os.chmod(path, 0o400)
