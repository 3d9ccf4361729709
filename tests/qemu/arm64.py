# SPDX-License-Identifier: BSD-2-Clause
"""An arm64 server: QEMU's `virt` with AAVMF firmware and a PL011, the serial line ttyAMA0."""
import machine

IMAGE = machine.ROOT / "build-qemu-image-arm64"
QEMU = "qemu-system-aarch64"
FIRMWARE = "/usr/share/AAVMF/AAVMF_CODE.fd"
VARIABLES = "/usr/share/AAVMF/AAVMF_VARS.fd"
MEMORY_MIB = 512
KIND = (QEMU, "-M", "virt,gic-version=3", "-cpu", "cortex-a57")


class Server(machine.Machine):
    @staticmethod
    def board(flash, memory=MEMORY_MIB):
        return machine.board(flash, memory, KIND, FIRMWARE)

    def __init__(self, directory, **kwargs):
        super().__init__(directory, boot=IMAGE / "stprov.iso", variables=VARIABLES, stick=True,
                         memory=MEMORY_MIB, **kwargs)
