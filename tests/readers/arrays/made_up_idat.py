"""IDAT files of version 3 and the manifest of their chip, written byte by byte."""

import gzip
import struct

import numpy as np

ADDRESSES = [23737, 32644, 87837, 72347, 77741, 45447]  # four probes, two controls
MANIFEST = """\
[Heading]
Date\t1/10/2010
Number of Probes\t4
Number of Controls\t2

[Probes]
Probe_Id\tArray_Address_Id\tSymbol\tEntrez_Gene_ID\tDefinition
ILMN_1\t0000023737\tSYM1\t30719\ta "quoted" gene
ILMN_2\t32644\t\t21858\t5' end
ILMN_3\t87837\tSYM3\t27356\t
ILMN_4\t72347\tSYM4\t88743\t"
[Controls]
Probe_Id\tArray_Address_Id\tReporter_Group_Name\tSymbol
ILMN_8\t77741\tnegative\t
ILMN_9\t45447\thousekeeping\tACTB
"""


def text(value):
    """A text with its length in front."""
    data = value.encode()
    size, length = b"", len(data)
    while length > 0x7F:
        size, length = size + bytes([length & 0x7F | 0x80]), length >> 7
    return size + bytes([length]) + data


def values(seed=1, size=6):
    """Mean, standard deviation and number of beads."""
    rng = np.random.default_rng(seed)
    return rng.integers(60, 60_000, size), rng.integers(1, 900, size), rng.integers(1, 99, size)


def content(addresses=ADDRESSES, seed=1, *, version=3, chip="HT12"):
    """Bytes of a file whose addresses are sorted."""
    order = np.argsort(addresses)
    mean, stdev, beads = (part[order] for part in values(seed, len(addresses)))
    sorted_addresses = np.sort(addresses).astype("<i4").tobytes()
    size = struct.pack("<i", len(addresses))
    run = ["2/3/2011", "Decoding", "p" * 200, "AutoDecode", "1.0"]
    runs = [run, ["2/4/2011", "Scan", "q", "iScan", "3.2"]]
    fields = {
        1000: size,
        102: sorted_addresses,
        103: stdev.astype("<u2").tobytes(),
        104: mean.astype("<u2").tobytes(),
        107: beads.astype("u1").tobytes(),
        200: size + sorted_addresses,
        400: struct.pack("<i", 0),
        403: text(chip),
        300: struct.pack("<i", 2) + b"".join(text(part) for parts in runs for part in parts),
    }
    place = 16 + 10 * len(fields)
    head = struct.pack("<4sqi", b"IDAT", version, len(fields))
    for code, data in fields.items():
        head += struct.pack("<Hq", code, place)
        place += len(data)
    return head + b"".join(fields.values())


def write(folder):
    """Arguments of a call, for two files and a manifest in a folder."""
    for seed, name in enumerate(("1234_A.idat", "1234_B.idat"), 1):
        (folder / name).write_bytes(content(seed=seed))
    (folder / "chip.bgx.gz").write_bytes(gzip.compress(MANIFEST.encode()))
    return {
        "idatfiles": ["1234_A.idat", "1234_B.idat"],
        "bgxfile": "chip.bgx.gz",
        "path": folder,
    }
