# SPDX-License-Identifier: BSD-2-Clause
"""PNG files of the machine's screen, from QEMU's PPM: few colours, so each has a palette."""
import pathlib
import re
import struct
import zlib


def read_ppm(path):
    """(width, height, pixels of three bytes) of a binary PPM."""
    data = pathlib.Path(path).read_bytes()
    head = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
    assert head, "not a binary PPM"
    width, height = int(head[1]), int(head[2])
    raw = data[head.end():]
    assert len(raw) == 3 * width * height
    return width, height, [raw[at:at + 3] for at in range(0, len(raw), 3)]


def chunk(kind, data):
    return (struct.pack(">I", len(data)) + kind + data +
            struct.pack(">I", zlib.crc32(kind + data)))


def png(width, height, pixels):
    """The bytes of a PNG with at most 16 colours, 4 bits a pixel."""
    colours = sorted(set(pixels))
    assert len(colours) <= 16, f"{len(colours)} colours on a text screen"
    number = {colour: index for index, colour in enumerate(colours)}
    rows = bytearray()
    for top in range(0, width * height, width):
        row = [number[pixel] for pixel in pixels[top:top + width]] + [0]
        rows.append(0)
        rows += bytes(row[at] << 4 | row[at + 1] for at in range(0, width, 2))
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 4, 3, 0, 0, 0)) +
            chunk(b"PLTE", b"".join(colours)) +
            chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + chunk(b"IEND", b""))


def crop(width, height, pixels, margin=16):
    """Without the empty part to the right and below."""
    empty = pixels[-1]
    used = [at for at, pixel in enumerate(pixels) if pixel != empty]
    right = min(width, max((at % width for at in used), default=0) + margin)
    bottom = min(height, max(used, default=0) // width + margin)
    return right, bottom, [pixel for top in range(0, width * bottom, width)
                           for pixel in pixels[top:top + right]]


def convert(ppm, path):
    pathlib.Path(path).write_bytes(png(*crop(*read_ppm(ppm))))
