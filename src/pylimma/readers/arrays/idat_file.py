"""Binary files of Illumina's scanners (IDAT, version 3).

After the word IDAT, the version and a table of fields (a code and the place of the content), there
are, for each kind of bead: its address, the mean and standard deviation of its intensities, and the
number of beads. Numbers are little endian; a text has its length in front, 7 bits to a byte.

Smith et al. (2013). illuminaio: an open source IDAT parsing tool for Illumina microarrays.
F1000Research 2, 264. doi:10.12688/f1000research.2-264.v1
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pylimma.errors import InputError
from pylimma.readers.compression import read_content
from pylimma.record import Record
from pylimma.typing import AnyArray

_MAGIC, _VERSION, _ENCRYPTED = b"IDAT", 3, 1
_HEAD = struct.Struct("<4sqi")  # word, version, number of fields
_FIELD = struct.Struct("<Hq")  # code, place
_N_BEADS, _ADDRESSES_AGAIN, _RUNS, _CHIP_TYPE = 1000, 200, 300, 403
_COLUMNS: dict[
    str, tuple[int, np.dtype[Any]]
] = {  # code and type of what there is for each kind of bead
    "address": (102, np.dtype("<i4")),
    "stdev": (103, np.dtype("<u2")),
    "mean": (104, np.dtype("<u2")),
    "n_beads": (107, np.dtype("u1")),
}
_TEXTS_OF_RUN = 5  # time, kind, parameters, program, its version
_METHYLATION = {  # numbers of kinds of beads
    "27k": range(54_000, 57_000),
    "450k": range(622_000, 623_000),
    "mouse": range(280_000, 320_000),
    "EPIC": range(1_030_000, 1_110_000),
}


@dataclass(frozen=True, slots=True, eq=False)
class IdatFile(Record):
    """Content of a file, sorted as in it."""

    path: Path
    address: AnyArray
    mean: AnyArray
    stdev: AnyArray
    n_beads: AnyArray
    chip_type: str
    runs: list[list[str]]  # five texts for decoding, scanning and so on

    @property
    def described(self) -> str:
        """Chip and number of addresses, for messages."""
        return f"chip type '{self.chip_type}', {len(self.address):,} addresses"

    @property
    def methylation(self) -> str | None:
        """Name of the methylation array that has so many addresses."""
        size = len(self.address)
        return next((name for name, sizes in _METHYLATION.items() if size in sizes), None)


def read_idat_file(path: Path) -> IdatFile:
    """Content of a file, plain or compressed; raise where it is damaged or of another kind."""
    content = read_content(path)
    fields = _fields(content, path.name)
    reader = _Reader(content, path.name)
    (size,) = reader.unpack("<i", fields[_N_BEADS])
    if size < 1:
        raise reader.damage(f"it holds {size} addresses")
    columns = {}
    extents = {fields[_N_BEADS]: fields[_N_BEADS] + 4}
    for name, (code, kind) in _COLUMNS.items():
        columns[name] = reader.array(kind, size, fields[code])
        extents[fields[code]] = fields[code] + size * kind.itemsize
    runs: list[list[str]] = []
    if _RUNS in fields:
        runs, extents[fields[_RUNS]] = reader.runs(fields[_RUNS])
    if _ADDRESSES_AGAIN in fields:
        place = fields[_ADDRESSES_AGAIN]
        (n_again,) = reader.unpack("<i", place)
        extents[place] = place + 4 + 4 * n_again
        again = reader.array(np.dtype("<i4"), n_again, place + 4)
        if n_again == size and 0 < np.mean(again != columns["address"]) < 1 / 2:
            raise reader.damage("its two lists of addresses differ")
    if len(np.unique(columns["address"])) < size:
        raise reader.damage("addresses repeat")
    places = sorted(fields.values())
    if any(extents.get(a, a) > b for a, b in zip(places, [*places[1:], len(content)], strict=True)):
        raise reader.damage("its fields overlap")
    chip = reader.text(fields[_CHIP_TYPE])[0] if _CHIP_TYPE in fields else ""
    return IdatFile(path, chip_type=chip, runs=runs, **columns)


def _fields(content: bytes, name: str) -> dict[int, int]:
    """Places of the fields, by code."""
    reader = _Reader(content, name)
    if not content.startswith(_MAGIC):
        raise InputError(f"'{name}' is not an IDAT file: it does not begin with 'IDAT'.")
    _, version, n_fields = reader.unpack(_HEAD.format, 0)
    if version & 0xFFFFFFFF == _ENCRYPTED:  # of 32 bits; what follows is encrypted
        raise InputError(
            f"'{name}' is an encrypted IDAT file (version 1), as older scanners write for "
            f"expression arrays. Export the probe and control profiles by GenomeStudio and read "
            f"them by `read_ilmn`."
        )
    if version != _VERSION:
        raise InputError(f"'{name}' is an IDAT file of version {version}; version 3 is read.")
    end = _HEAD.size + n_fields * _FIELD.size
    if n_fields < 1 or end > len(content):
        raise reader.damage(f"it says that it has {n_fields} fields")
    found = [_FIELD.unpack_from(content, _HEAD.size + k * _FIELD.size) for k in range(n_fields)]
    fields = dict(found)
    needed = [_N_BEADS, *(code for code, _ in _COLUMNS.values())]
    lacking = [str(code) for code in needed if code not in fields]
    if lacking or len(fields) < n_fields:
        what = f"it lacks the fields {', '.join(lacking)}" if lacking else "its fields repeat"
        raise reader.damage(what)
    if min(fields.values()) < end or max(fields.values()) > len(content):
        raise reader.damage("a field lies outside the file")
    return fields


class _Reader:
    """Values at places of a file; what is not there is an error that names the file."""

    def __init__(self, content: bytes, name: str) -> None:
        self.content, self.name = content, name

    def damage(self, what: str) -> InputError:
        return InputError(
            f"'{self.name}' is cut off or damaged ({len(self.content):,} bytes): {what}. Copy or "
            f"download it again."
        )

    def unpack(self, layout: str, place: int) -> tuple[int, ...]:
        try:
            return struct.unpack_from(layout, self.content, place)
        except struct.error:
            raise self.damage(f"it ends before byte {place + struct.calcsize(layout):,}") from None

    def array(self, kind: np.dtype[Any], size: int, place: int) -> AnyArray:
        end = place + size * kind.itemsize
        if size < 0 or end > len(self.content):
            raise self.damage(f"{size:,} numbers at byte {place:,} go beyond its end")
        return np.frombuffer(self.content, kind, size, place).astype(np.int64)

    def text(self, place: int) -> tuple[str, int]:
        """A text and the place behind it."""
        length = shift = 0
        while True:
            (byte,) = self.unpack("<B", place)
            length |= (byte & 0x7F) << shift
            place, shift = place + 1, shift + 7
            if not byte & 0x80:
                break
        end = place + length
        if end > len(self.content):
            raise self.damage(f"a text of {length:,} bytes at byte {place:,} goes beyond its end")
        return self.content[place:end].decode("utf-8", "replace"), end

    def runs(self, place: int) -> tuple[list[list[str]], int]:
        """What was done with the chip, and the place behind it."""
        (number,) = self.unpack("<i", place)
        place, found = place + 4, []
        for _ in range(number):
            texts = []
            for _ in range(_TEXTS_OF_RUN):
                text, place = self.text(place)
                texts.append(text)
            found.append(texts)
        return found, place
