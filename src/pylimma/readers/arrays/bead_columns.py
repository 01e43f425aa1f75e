"""Columns of bead-chip files: which array and which quantity each of them holds.

A column is called by an array and a quantity, as ``S1.AVG_Signal`` or ``AVG_Signal-S1``. The
columns of intensities tell the arrays; every other quantity is looked up under these names, so that
no order of columns brings the values of one array to another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pylimma.arguments import sequence
from pylimma.arguments import text as as_text
from pylimma.errors import InputError, InputWarning, nearest, quoted, warn
from pylimma.record import Record

_JOINED = ". -_"  # between an array and a quantity
_IDENTIFIER = re.compile(r".*(?:id|key|address)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted(Record):
    """What the names of the columns contain, in upper or lower case."""

    probeid: str
    annotation: tuple[str, ...]
    expr: str
    other: tuple[str, ...]

    @classmethod
    def parse(cls, probeid: Any, annotation: Any, expr: Any, other: Any) -> Wanted:
        """Names from the arguments of a reader."""
        given = {"probeid": as_text(probeid, "probeid"), "expr": as_text(expr, "expr")}
        for name, words in given.items():
            if not words.strip():
                raise InputError(f"`{name}` must not be empty.")
        return cls(
            given["probeid"],
            _texts(annotation, "annotation"),
            given["expr"],
            _texts(other, "other_columns"),
        )


@dataclass(frozen=True, slots=True)
class Columns(Record):
    """Positions of the columns."""

    probes: int
    annotation: list[int]
    arrays: dict[str, int]  # intensities by the name of the array
    other: dict[str, list[int | None]]  # by quantity, in the order of the arrays


def find_columns(names: Sequence[str], wanted: Wanted, file: str, alone: str) -> Columns:
    """Columns of a header; `alone` names an array whose columns are called by no array."""
    arrays = _by_array(
        names,
        wanted.expr,
        {k: _array_name(n, wanted.expr) or alone for k, n in _having(names, wanted.expr).items()},
        file,
    )
    if alone in arrays and len(arrays) > 1:
        what = f"has a column '{names[arrays[alone]]}' that names no array, beside others"
        raise _fault(file, what, names)
    free = {k: name for k, name in enumerate(names) if k not in arrays.values()}
    other: dict[str, list[int | None]] = {}
    for word in wanted.other:
        owners = {k: _owner(n, word, arrays, alone) for k, n in free.items() if has_word(n, word)}
        found = _by_array(names, word, owners, file)
        missing = [array for array in arrays if array not in found]
        if found and missing:
            warn(f"'{file}' has no '{word}' of {quoted(missing, 4)}: missing.", InputWarning)
        other[word] = [found.get(array) for array in arrays]
    taken = {k for places in other.values() for k in places}
    free = {k: name for k, name in free.items() if k not in taken}
    probes = _identifier(free, wanted.probeid)
    if probes is None:
        near = quoted(nearest(wanted.probeid, free.values()), 4)
        what = f"has no column of probes, '{wanted.probeid}': give `probeid`, such as {near}"
        raise _fault(file, what, names)
    noted = [k for k, n in free.items() if any(has_word(n, word) for word in wanted.annotation)]
    return Columns(probes, [k for k in noted if k != probes], arrays, other)


def has_word(name: str, word: str) -> bool:
    """Whether a name contains a word, in upper or lower case."""
    return re.search(re.escape(word), name, re.IGNORECASE) is not None


def _having(names: Sequence[str], word: str) -> dict[int, str]:
    return {k: name for k, name in enumerate(names) if has_word(name, word)}


def _fault(file: str, what: str, names: Sequence[str]) -> InputError:
    return InputError(f"'{file}' {what}. Its columns are {quoted(names)}.")


def _by_array(
    names: Sequence[str], quantity: str, owners: Mapping[int, str | None], file: str
) -> dict[str, int]:
    """Columns of a quantity by array; raise where an array has two, or a column has no array."""
    result: dict[str, int] = {}
    for k, array in owners.items():
        if array is None:
            what = f"has a column '{names[k]}' that belongs to none of its arrays"
            raise _fault(file, what, names)
        if array in result:
            what = (
                f"has two columns '{quantity}' of array '{array}', '{names[result[array]]}' and "
                f"'{names[k]}': name one of them in full"
            )
            raise _fault(file, what, names)
        result[array] = k
    return result


def _array_name(name: str, quantity: str) -> str:
    """Name of the array in that of a column; "" where there is none."""
    before, after = re.split(re.escape(quantity), name, maxsplit=1, flags=re.IGNORECASE)
    return before.rstrip(". ") + after.lstrip("-. ")


def _owner(name: str, quantity: str, arrays: dict[str, int], alone: str) -> str | None:
    """The array that a column is called by: the longest name beside the quantity."""
    if list(arrays) == [alone]:
        return alone
    owners = []
    for k in range(1, len(name)):
        for array, rest, joint in (
            (name[:k], name[k:], name[k - 1 : k + 1]),
            (name[-k:], name[:-k], name[-k - 1 : len(name) - k + 1]),
        ):
            if array in arrays and has_word(rest, quantity) and set(joint) & set(_JOINED):
                owners.append(array)
    return max(owners, key=len, default=None)


def _identifier(names: dict[int, str], probeid: str) -> int | None:
    """The column of identifiers: called so, ending as identifiers do, or the first."""
    found = {k: name for k, name in names.items() if has_word(name, probeid)}
    ranks = {
        k: (name.lower() != probeid.lower(), _IDENTIFIER.fullmatch(name) is None, k)
        for k, name in found.items()
    }
    return min(ranks, key=lambda k: ranks[k], default=None)


def _texts(value: Any, argument: str) -> tuple[str, ...]:
    """No text, one or several, none of them empty."""
    given = (
        [] if value is None else [value] if isinstance(value, str) else sequence(value, argument)
    )
    words = tuple(dict.fromkeys(as_text(word, argument) for word in given))
    if "" in words:
        raise InputError(f"`{argument}` must not hold an empty text.")
    return words
