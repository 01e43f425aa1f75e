"""Intensities of bead arrays with the kinds of their probes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression, parse_expression
from pylimma.adapters.labels import per_gene
from pylimma.arguments import text
from pylimma.containers.components import Components
from pylimma.containers.expression import EListRaw
from pylimma.errors import InputError, InputTypeError, quoted
from pylimma.record import Record
from pylimma.typing import AnyArray, BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Probes(Record):
    """Intensities of probes with what kind they are."""

    data: Expression
    raw: EListRaw | None  # the container they came in
    status: AnyArray | None  # (probes,) kinds as text

    def kinds(self) -> AnyArray:
        """Status of all probes in lower case."""
        if self.status is None:
            raise InputError(
                "The kinds of the probes are not known: give `status`, or an EListRaw with a "
                "column 'Status' of its `genes`."
            )
        return np.array([kind.lower() for kind in self.status])

    def some(self, label: str, argument: str) -> BoolArray:
        """Probes of a kind, whatever its case; there must be some."""
        return self._any(self.kinds() == text(label, argument).lower(), label, argument)

    def containing(self, label: str, argument: str) -> BoolArray:
        """Probes whose status contains a text, whatever its case; there must be some."""
        found = np.char.find(self.kinds().astype(str), text(label, argument).lower()) >= 0
        return self._any(found, label, argument)

    def _any(self, found: BoolArray, label: str, argument: str) -> BoolArray:
        if not found.any():
            raise InputError(
                f"No probe has the status '{label}' of `{argument}`; there are "
                f"{quoted(pd.unique(pd.Series(self.status)))}."
            )
        return found


def parse_probes(x: Any, status: Any = None) -> Probes:
    """Raw intensities of an EListRaw, dict or matrix, with the status stored or given."""
    raw = None
    if isinstance(x, Mapping) and not isinstance(x, Components):
        x = EListRaw(x)
    if isinstance(x, EListRaw):
        raw = x
    elif isinstance(x, Components):
        raise InputTypeError(
            f"`x` must hold raw intensities, as an EListRaw does; got {type(x).__name__}."
        )
    data = parse_expression(x if raw is None else raw["E"], argument="x", squared=True)
    if raw is not None:
        data = replace(data, gene_names=raw.row_names, sample_names=raw.col_names)
    stored = raw.get("genes") if raw is not None else None
    if status is None and stored is not None and "Status" in stored:
        status = stored["Status"].array
    if status is not None:
        labels = per_gene(status, len(data.matrix), data.gene_names, "status")
        status = labels.astype(object).astype(str)
    return Probes(data, raw, status)
