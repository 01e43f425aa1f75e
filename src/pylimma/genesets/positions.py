"""Many sets as one array of positions among the genes, identifiers looked up all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from pylimma.arguments import whole
from pylimma.errors import InputError, Note, UnknownNameError, warn
from pylimma.genesets.identifiers import Match, Matching, match_links
from pylimma.record import Record
from pylimma.typing import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class SetIndex(Record):
    """Sets as positions among the genes, one after the other."""

    names: list[str]
    indptr: IntArray  # (sets + 1): set k holds positions[indptr[k]:indptr[k + 1]]
    positions: IntArray  # ascending for identifiers, as given for positions
    weights: FloatArray  # beside the positions; 1 where a set has none of its own
    weighted: BoolArray  # (sets): whether a set has weights of its own
    n_given: IntArray  # (sets): identifiers or positions that were given, distinct ones
    n_matched: IntArray  # (sets): those of them that are among the genes
    collection: list[str] | None  # (sets): file that each came from
    dropped: dict[str, int]  # sets that are not tested, by reason

    @property
    def n_genes(self) -> IntArray:
        """Size of each set, of shape (sets,)."""
        return np.diff(self.indptr)

    def members(self, k: int) -> IntArray:
        """Positions of the genes of one set."""
        return self.positions[self.indptr[k] : self.indptr[k + 1]]

    def matrix(self, n_genes: int) -> sparse.csr_array:
        """Weights of shape (sets, genes); repeated positions add up."""
        shape = (len(self.names), n_genes)
        return sparse.csr_array((self.weights, self.positions, self.indptr), shape=shape)

    def take(self, chosen: IntArray) -> SetIndex:
        """Some of the sets, in the order of their positions."""
        parts = [np.arange(self.indptr[k], self.indptr[k + 1]) for k in chosen]
        at = np.concatenate([np.empty(0, dtype=np.intp), *parts])
        return SetIndex(
            [self.names[k] for k in chosen],
            np.append(0, np.cumsum(self.n_genes[chosen])),
            self.positions[at],
            self.weights[at],
            self.weighted[chosen],
            self.n_given[chosen],
            self.n_matched[chosen],
            None if self.collection is None else [self.collection[k] for k in chosen],
            self.dropped,
        )


@dataclass(frozen=True, slots=True)
class Member:
    """One set as it was given: positions, or identifiers to be looked up."""

    positions: IntArray | None
    identifiers: list[str | None]
    weights: FloatArray | None
    whole_numbers: bool = False  # positions that might have been meant as identifiers


def index_of(
    named: Sequence[tuple[str, Any]],
    members: list[Member],
    genes: list[str | None] | None,
    n_genes: int,
    match: Matching,
    collection: list[str] | None,
) -> SetIndex:
    """Sets one after the other, identifiers looked up all at once."""
    n_sets = len(members)
    links = [link for member in members for link in member.identifiers]
    if links and genes is None:
        raise UnknownNameError(
            f"Sets hold identifiers such as {links[0]!r}, and the genes have no names; name the "
            f"rows of the data, or give positions."
        )
    link_set, link_weight = _beside(members, [len(member.identifiers) for member in members])
    found = match_links(links, genes or [], match)
    keys, first = _distinct(link_set[found.link] * max(n_genes, 1) + found.row)
    places = [np.empty(0, np.intp) if m.positions is None else m.positions for m in members]
    place_set, place_weight = _beside(members, [len(place) for place in places])
    set_of = np.concatenate([keys // max(n_genes, 1), place_set])
    order = np.argsort(set_of, kind="stable")
    n_given, n_matched = _numbers_of_identifiers(link_set, found, n_sets)
    placed = np.bincount(place_set, minlength=n_sets)
    return SetIndex(
        [name for name, _ in named],
        np.append(0, np.cumsum(np.bincount(set_of, minlength=n_sets))),
        np.concatenate([keys % max(n_genes, 1), *places])[order],
        np.concatenate([link_weight[found.link[first]], place_weight])[order],
        np.array([member.weights is not None for member in members]),
        n_given + placed,
        n_matched + placed,
        collection,
        {},
    )


def _beside(members: list[Member], sizes: list[int]) -> tuple[IntArray, FloatArray]:
    """Set and weight of every element of sets of these sizes."""
    owner = np.repeat(np.arange(len(members)), sizes)
    weights = [
        member.weights if member.weights is not None and size else np.ones(size)
        for member, size in zip(members, sizes, strict=True)
    ]
    return owner, np.concatenate([np.empty(0), *weights])


def _distinct(keys: IntArray) -> tuple[IntArray, IntArray]:
    """Distinct whole numbers, ascending, and the first place of each."""
    order = np.argsort(keys, kind="stable")  # faster here than np.unique, which hashes
    keys = keys[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    return keys[first], order[first]


def _numbers_of_identifiers(
    link_set: IntArray, found: Match, n_sets: int
) -> tuple[IntArray, IntArray]:
    """Distinct identifiers of each set, and those of them among the genes."""
    there, size = found.code >= 0, max(len(found.found), 1)
    pairs = pd.unique(link_set[there] * size + found.code[there])
    matched = pairs[found.found[pairs % size]] if len(pairs) else pairs
    return (
        np.bincount(pairs // size, minlength=n_sets),
        np.bincount(matched // size, minlength=n_sets),
    )


def of_size(index: SetIndex, min_size: int | None, max_size: int | None) -> SetIndex:
    """Sets whose number of genes is within limits; others are counted in a note."""
    low = 0 if min_size is None else whole(min_size, "min_size", 0)
    high = np.inf if max_size is None else whole(max_size, "max_size", low)
    sizes = index.n_genes
    reasons = {
        f"fewer than {low} genes": int((sizes < low).sum()),
        f"more than {high} genes": int((sizes > high).sum()),
    }
    reasons = {reason: count for reason, count in reasons.items() if count}
    if not reasons:
        return index
    chosen = np.flatnonzero((sizes >= low) & (sizes <= high))
    said = " and ".join(f"{count:,} with {reason}" for reason, count in reasons.items())
    text = f"{sum(reasons.values()):,} of {len(sizes):,} sets are not tested: {said}."
    if not chosen.size:
        raise InputError(f"No set is left: {text}")
    warn(text, Note)
    kept = index.take(chosen)
    kept.dropped.update(reasons)
    return kept
