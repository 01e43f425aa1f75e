"""R's own data files, as far as collections of sets need them: vectors, lists and their names.

The serialisation is described in "R Internals", section 1.8: after a header, every item begins with
a word of four bytes that holds its type and whether attributes and a tag follow. Numbers are in
XDR, that is with the highest byte first. Symbols are stored once and referred to by number.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from pylimma.errors import InputError

_WORD, _TWO_WORDS = struct.Struct(">i"), struct.Struct(">ii")
_HEADS = (b"X\n", b"RDX2\n", b"RDX3\n")
_OTHER_FORMS = (b"A\n", b"B\n", b"RDA2\n", b"RDA3\n", b"RDB2\n", b"RDB3\n")
_NIL, _REFERENCE, _ALTREP, _NO_VALUE = 254, 255, 238, (242, 241, 253, 251, 252)
_SYMBOL, _ENVIRONMENT, _STRING, _S4, _RAW = 1, 4, 9, 25, 24
_PAIRLISTS = (2, 6)  # lists of tagged values, and calls, which look like them
_NUMBERS = {10: ">i4", 13: ">i4", 14: ">f8"}  # logical, integer, real
_TEXTS, _LISTS = 16, (19, 20)
_NAMESPACES = (247, 249, 250)
_MISSING_INTEGER = -(2**31)


@dataclass
class RVector:
    """A vector or list of R with its attributes."""

    values: Any  # array of numbers, or list of texts or of items
    attributes: dict[str, Any] = field(default_factory=dict)

    def names(self) -> list[str | None]:
        """Names of the elements, None where there are none."""
        given = self.attributes.get("names")
        return list(given.values) if given is not None else [None] * len(self.values)

    def column(self) -> Any:
        """Values as a column of a table, a factor as its levels."""
        levels = self.attributes.get("levels")
        if levels is None:
            return self.values
        texts = np.array([None, *levels.values], dtype=object)
        return texts[np.where(self.values == _MISSING_INTEGER, 0, self.values)]


def is_r_data(content: bytes) -> bool:
    """Whether decompressed bytes are a data file of R."""
    return content.startswith(_HEADS + _OTHER_FORMS)


def decompressed(content: bytes) -> bytes:
    """Bytes of a file, however it is compressed."""
    for mark, expand in ((b"\x1f\x8b", gzip), (b"BZh", bz2), (b"\xfd7zXZ", lzma)):
        if content.startswith(mark):
            return expand.decompress(content)
    return content


def r_objects(content: bytes, name: str) -> dict[str, Any]:
    """Objects of a data file of R by their names; one without a name is called as the file.

    Sets are lists of text or numbers, tables DataFrames; what is neither is None.
    """
    if not content.startswith(_HEADS):
        raise InputError(f"'{name}' is a text or machine form of R's data; save it by saveRDS().")
    start = 5 if content.startswith(b"RDX") else 0
    try:
        item = _Reader(content, start + 2).file()
    except (struct.error, IndexError, ValueError, RecursionError) as error:
        raise InputError(f"'{name}' ends early or is not a data file of R ({error}).") from None
    found = item if start else {name: item}
    return {key: _plain(value) for key, value in found.items()}


def _plain(item: Any) -> Any:
    """A table as a DataFrame, a list as a dict of sets, a vector as its values."""
    if not isinstance(item, RVector):
        return None
    kind = item.attributes.get("class")
    if kind is not None and "data.frame" in kind.values:
        columns = zip(item.names(), item.values, strict=True)
        return pd.DataFrame({name: column.column() for name, column in columns})
    if isinstance(item.values, list) and any(isinstance(v, RVector) for v in item.values):
        return [
            (name, _plain(value)) for name, value in zip(item.names(), item.values, strict=True)
        ]
    return item.column()


class _Reader:
    """Items of a serialised object, one after the other."""

    def __init__(self, content: bytes, start: int) -> None:
        self.content, self.at = content, start
        self.references: list[Any] = []
        self.texts: dict[bytes, str] = {}  # equal texts are one object, so that sets stay small

    def file(self) -> Any:
        """The object behind the header."""
        version = self.word()
        self.at += 8  # versions of R that wrote it and that can read it
        if version == 3:
            encoding = self.word()
            self.at += encoding  # its name
        elif version != 2:
            raise ValueError(f"version {version}")
        return self.item()

    def word(self) -> int:
        """The next whole number."""
        value: int = _WORD.unpack_from(self.content, self.at)[0]
        self.at += 4
        return value

    def item(self) -> Any:
        """The next item: RVector, dict of tagged values, text, or None for what sets lack."""
        flags = self.word()
        kind, attributes = flags & 0xFF, bool(flags & 0x200)
        if kind in _PAIRLISTS:
            return self.tagged(flags)
        if kind == _STRING:
            return self.text()
        if kind == _SYMBOL:
            self.references.append(self.item())
            return self.references[-1]
        if kind == _REFERENCE:
            return self.references[(flags >> 8 or self.word()) - 1]
        if kind == _ALTREP:
            return self.compact()
        if kind in _NUMBERS or kind in (_TEXTS, _RAW, *_LISTS):
            vector = RVector(self.vector(kind))
            if attributes:
                vector.attributes = self.item()
            return vector
        return self.other(kind, attributes=attributes)

    def other(self, kind: int, *, attributes: bool) -> None:
        """Items that no set consists of, read past."""
        if kind == _ENVIRONMENT:
            self.references.append(None)
            self.at += 4
            for _ in range(4):  # enclosure, frame, hash table, attributes
                self.item()
        elif kind in _NAMESPACES:
            self.at += 4
            self.references.append(None)
            for _ in range(self.word()):
                self.item()
        elif kind == _S4 and attributes:
            self.item()
        elif kind != _NIL and kind not in _NO_VALUE:
            raise ValueError(f"an item of type {kind}")

    def tagged(self, flags: int) -> dict[str, Any]:
        """Values by their tags; their chain is followed without recursion."""
        values: dict[str, Any] = {}
        while flags & 0xFF in _PAIRLISTS:
            if flags & 0x200:
                self.item()
            tag = self.item() if flags & 0x400 else str(len(values))
            values[tag] = self.item()
            flags = self.word()
        if flags & 0xFF != _NIL:  # the end of a chain is any item
            self.at -= 4
            self.item()
        return values

    def text(self) -> str | None:
        """Text behind its flags."""
        size = self.word()
        if size < 0:
            return None
        found = self.content[self.at : self.at + size]
        self.at += size
        return self.texts.setdefault(found, found.decode(errors="replace"))

    def vector(self, kind: int) -> Any:
        """Elements of a vector."""
        size = self.word()
        if size < 0:
            size = (self.word() << 32) + self.word()
        if kind in _NUMBERS:
            dtype = np.dtype(_NUMBERS[kind])
            values = np.frombuffer(self.content, dtype, size, self.at)
            self.at += size * dtype.itemsize
            return values.astype(dtype.newbyteorder("="))
        if kind == _RAW:
            self.at += size
            return np.zeros(size)
        return self.strings(size) if kind == _TEXTS else [self.item() for _ in range(size)]

    def strings(self, size: int) -> list[str | None]:
        """Elements of a vector of text: flags, length and bytes each."""
        content, at, known = self.content, self.at, self.texts
        unpack = _TWO_WORDS.unpack_from
        values: list[str | None] = []
        for _ in range(size):
            length = unpack(content, at)[1]
            at += 8
            if length < 0:
                values.append(None)
                continue
            raw = content[at : at + length]
            at += length
            text = known.get(raw)
            values.append(
                known.setdefault(raw, raw.decode(errors="replace")) if text is None else text
            )
        self.at = at
        return values

    def compact(self) -> RVector:
        """Vectors stored by a rule: a sequence, numbers as text, or another vector wrapped."""
        rule = str(next(iter(self.item().values())))
        state, attributes = self.item(), self.item()
        if rule.startswith("compact_"):
            size, first, step = state.values
            values = first + step * np.arange(int(size))
        elif rule.startswith("wrap_"):
            values = state.values[0].values
        elif rule == "deferred_string":
            numbers = next(iter(state.values())).values
            values = [f"{value:.15g}" for value in numbers]
        else:
            raise ValueError(f"a vector stored by the rule {rule}")
        return RVector(values, attributes or {})
