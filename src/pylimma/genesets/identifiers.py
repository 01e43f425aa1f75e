"""Identifiers of sets found among those of the genes, and why others are not.

Both sides are compared as text. What does not match is reported with the likely reason: letters in
the other case, version suffixes, or identifiers of another kind.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeGuard

import numpy as np
import pandas as pd

from pylimma.arguments import plain_array
from pylimma.containers.names import label_text
from pylimma.errors import InputError, InputTypeError, Note, check_choice, quoted, warn
from pylimma.record import Record
from pylimma.typing import AnyArray, IntArray

Matching: TypeAlias = Literal["exact", "ignore_case", "ignore_version"]

MATCHING = ("exact", "ignore_case", "ignore_version")

_EXAMPLES = 3  # identifiers that a message shows
_TYPICAL = 1000  # identifiers that decide the kind of all
KINDS = {
    "Entrez identifiers": r"\d+",
    "Ensembl identifiers": r"ENS[A-Z]*[EGPT]\d{6,}",
    "Ensembl identifiers with versions": r"ENS[A-Z]*[EGPT]\d{6,}\.\d+",
    "RefSeq accessions": r"[NX][MRP]_\d+(\.\d+)?",
    "UniProt accessions": r"([OPQ]\d[A-Z\d]{3}\d|[A-NR-Z]\d([A-Z][A-Z\d]{2}\d){1,2})(-\d+)?",
    "FlyBase identifiers": r"FBgn\d+",
    "WormBase identifiers": r"WBGene\d+",
    "TAIR loci": r"A[Tt][1-5CM][Gg]\d{5}",
    "probe identifiers": r".*_at|ILMN_\d+|cg\d{8}",
}


@dataclass(frozen=True, slots=True, eq=False)
class Match(Record):
    """Where the links of sets to identifiers lead."""

    link: IntArray  # links, each with every row it leads to
    row: IntArray  # the rows, of the same length
    code: IntArray  # number of the identifier of each link, -1 where it is missing
    found: AnyArray  # whether each distinct identifier is among the genes


def as_text(values: Any, argument: str) -> list[str | None]:
    """Identifiers as text, whole numbers without decimals; None where missing."""
    if isinstance(values, pd.Categorical):
        values = np.asarray(values, dtype=object)
    if is_text(values):
        return values
    flat = plain_array(values, argument).ravel()
    if is_text(listed := flat.tolist()):
        return listed
    if flat.dtype.kind in "iu":
        return list(map(str, listed))
    missing = pd.isna(flat)
    texts: list[str | None] = [label_text(value) for value in listed]
    if missing.any():
        return [None if gone else name for gone, name in zip(missing, texts, strict=True)]
    return texts


def is_text(values: Any) -> TypeGuard[list[Any]]:
    """Whether values are a list of text alone."""
    return isinstance(values, list) and set(map(type, values)) <= {str}


def match_links(links: list[str | None], genes: list[str | None], match: Matching) -> Match:
    """Rows of the genes whose identifier is that of a link; every row of repeated ones."""
    if not links:  # of positions alone
        none = np.empty(0, dtype=np.intp)
        return Match(none, none, none, none > 0)
    fold = _FOLDS[match]
    code, distinct = numbered(links)
    place, names = numbered(fold(genes))
    number = {name: k for k, name in enumerate(names)}
    target = np.array([number.get(name, -1) for name in fold(distinct)] + [-1], dtype=np.intp)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(len(names) + 1))
    name = target[code]
    link = np.flatnonzero(name >= 0)
    first, size = starts[name[link]], np.diff(starts)[name[link]]
    offset = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    rows = order[np.repeat(first, size) + offset]
    found = target[:-1] >= 0
    _report(distinct, found, [gene for gene in genes if gene is not None])
    return Match(np.repeat(link, size), rows, code, found)


def coded(column: Any, argument: str) -> tuple[IntArray, list[str]]:
    """Identifiers of a long column as numbers, -1 where missing, and the distinct texts."""
    values = column if isinstance(column, pd.Series) else plain_array(column, argument).ravel()
    try:
        code, distinct = pd.factorize(values)
    except TypeError:  # of what has no hash
        raise InputTypeError(f"`{argument}` must hold identifiers; some are containers.") from None
    again, names = numbered(as_text(np.asarray(distinct), argument))
    return np.append(again, -1)[code], names


def numbered(names: Sequence[Any]) -> tuple[IntArray, list[Any]]:
    """Names as numbers in the order they first appear, None as -1; and the distinct names."""
    code, distinct = pd.factorize(np.array(names, dtype=object))
    return code, distinct.tolist()


def _report(given: list[str], found: AnyArray, genes: list[str]) -> None:
    """Note what does not match and why; an error where nothing does."""
    matched = int(found.sum())
    if matched == len(given):
        return
    lost = [name for name, there in zip(given, found, strict=True) if not there]
    advice = remedy(given, matched, genes)
    if matched:
        text = (
            f"{matched:,} of {len(given):,} identifiers of the sets are among the "
            f"{len(genes):,} genes"
        )
        rest = f"; not found: {quoted(lost[:_EXAMPLES])}" + ", …" * (len(lost) > _EXAMPLES)
        warn(f"{text}{rest}.", Note) if not advice else warn(f"{text}, {advice}.")
        return
    kinds = kind_of(given), kind_of(genes)
    reason = f", {advice}" if advice else f": {kinds[0]} against {kinds[1]}"
    reason = "" if not advice and kinds[0] == kinds[1] else reason
    raise InputError(
        f"None of the {len(given):,} identifiers of the sets ({', '.join(lost[:_EXAMPLES])}) is "
        f"among the {len(genes):,} genes ({', '.join(genes[:_EXAMPLES])}){reason}."
    )


def remedy(given: list[str], matched: int, genes: list[str]) -> str:
    """What would at least double the matches; empty where nothing does."""
    if 2 * matched > len(given):
        return ""
    reasons = {"ignore_case": "case", "ignore_version": "version suffixes"}
    for way, what in reasons.items():
        fold = _FOLDS[way]
        theirs = dict(zip(fold(genes), genes, strict=True))
        pairs = [
            (ours, theirs[name])
            for ours, name in zip(given, fold(given), strict=True)
            if name in theirs
        ]
        if len(pairs) >= max(2 * matched, 1):
            example = next((pair for pair in pairs if pair[0] != pair[1]), pairs[0])
            were = "was" if what == "case" else "were"
            return (
                f"{len(pairs):,} would be if {what} {were} ignored ({' and '.join(example)}); "
                f'pass match="{way}"'
            )
    return ""


def folded(match: Matching) -> Callable[[Iterable[Any]], list[Any]]:
    """What makes identifiers equal that match."""
    check_choice(match, MATCHING, "match")
    return _FOLDS[match]


def kind_of(names: Iterable[str]) -> str:
    """Kind of most identifiers."""
    kinds = Counter(
        next((kind for kind, form in KINDS.items() if re.fullmatch(form, name)), "symbols")
        for name in list(names)[:_TYPICAL]
    )
    return kinds.most_common(1)[0][0] if kinds else "symbols"


def _exact(names: Iterable[Any]) -> list[Any]:
    return list(names)


def _without_case(names: Iterable[Any]) -> list[Any]:
    return [None if name is None else name.casefold() for name in names]


def _without_version(names: Iterable[Any]) -> list[Any]:
    return [None if name is None else re.sub(r"\.\d+$", "", name) for name in names]


_FOLDS: dict[str, Callable[[Iterable[Any]], list[Any]]] = {
    "exact": _exact,
    "ignore_case": _without_case,
    "ignore_version": _without_version,
}
