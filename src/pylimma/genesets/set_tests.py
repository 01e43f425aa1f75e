"""Tests of gene sets in the contrasts of a fit, by the name of the test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from pylimma.arguments import text
from pylimma.containers.fit import MArrayLM
from pylimma.errors import Note, UnknownNameError, check_choice, nearest, quoted, warn
from pylimma.genesets.camera import camera
from pylimma.genesets.collections import read_gene_sets
from pylimma.genesets.fry import fry
from pylimma.genesets.preranked import camera_pr
from pylimma.genesets.sets import parse_sets
from pylimma.record import Record
from pylimma.typing import IntArray

SetTest: TypeAlias = Literal["camera", "fry", "camera_pr"]
_TESTS: Mapping[str, Callable[..., pd.DataFrame]] = {
    "camera": camera,
    "fry": fry,
    "camera_pr": camera_pr,
}


@dataclass(frozen=True, slots=True, eq=False)
class SetTests(Record):
    """Tests of gene sets in every contrast of a fit."""

    test: str  # name of the function behind them
    meaning: str  # the question that it asks
    table: pd.DataFrame  # a row for each set and contrast, named in its first column
    members: dict[str, IntArray]  # positions of the genes of each set among those of the fit

    def of_contrast(self, contrast: str) -> pd.DataFrame:
        """Return the sets of one contrast, in the order of the table."""
        return self.table[self.table["contrast"] == contrast].drop(columns="contrast")

    def significant(self, fdr: float) -> dict[str, int]:
        """Number of sets below a false discovery rate in each contrast."""
        passed = set_fdr(self.table) < fdr
        names = self.table["contrast"]
        return {str(name): int(passed[names == name].sum()) for name in names.unique()}


def set_fdr(table: pd.DataFrame) -> pd.Series:
    """False discovery rates; the p-value of an only set."""
    return table["fdr" if "fdr" in table else "p_value"]


def run_set_tests(
    fit: MArrayLM, sets: Any, test: SetTest = "camera", geneid: str | None = None
) -> SetTests:
    """Test sets of any kind, or from files, in all contrasts of a fit with the data it keeps."""
    check_choice(test, _TESTS, "set_test")
    if isinstance(sets, str | os.PathLike) or _are_paths(sets):
        sets = read_gene_sets(sets)
    column = _column_of(fit, sets) if geneid is None else text(geneid, "geneid")
    found = parse_sets(sets, _identifiers(fit, column), fit.shape[0])
    table = _TESTS[test](fit, found, geneid=column, contributing=True)
    if "contrast" not in table:
        table.insert(0, "contrast", table.attrs["contrasts"][0])
    members = {name: np.unique(found.members(k)) for k, name in enumerate(found.names)}
    return SetTests(test, str(table.attrs["meaning"]), table, members)


def _are_paths(sets: Any) -> bool:
    """Whether these are several files."""
    return isinstance(sets, list | tuple) and all(isinstance(s, os.PathLike) for s in sets)


def _identifiers(fit: MArrayLM, column: str | None) -> Any:
    """Identifiers of the genes: their names, or a column of their annotation."""
    if column is None:
        return fit.row_names
    genes = pd.DataFrame() if fit.get("genes") is None else fit["genes"]
    if column not in genes:
        known = quoted(nearest(column, genes)) or "no columns"
        raise UnknownNameError(f"`geneid` is '{column}'; the annotation has {known}.")
    return genes[column].to_numpy()


def _column_of(fit: MArrayLM, sets: Any) -> str | None:
    """Column of the annotation with most identifiers of the sets; None for names of genes."""
    genes = fit.get("genes")
    if genes is None or not isinstance(sets, Mapping):
        return None
    values = [v.iloc[:, 0] if isinstance(v, pd.DataFrame) else v for v in sets.values()]
    known = {g for v in values if isinstance(v, Iterable) for g in v if isinstance(g, str)}
    hits = {str(name): int(genes[name].isin(known).sum()) for name in genes}
    best = max(hits, key=lambda name: hits[name], default="")
    own = 0 if fit.row_names is None else int(fit.row_names.astype(str).isin(known).sum())
    if hits.get(best, 0) <= own:
        return None
    warn(f"Genes of the sets are looked up in the column '{best}' of the annotation.", Note)
    return best
