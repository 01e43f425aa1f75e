"""Reports with a row for each feature and run, as a matrix of features and samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from pylimma.arguments import number, sequence, vector
from pylimma.containers.expression import EList
from pylimma.errors import (
    InputWarning,
    UnknownNameError,
    check_choice,
    nearest,
    quoted,
    warn,
)
from pylimma.readers.proteomics.intensities import Intensities, Reading, annotation
from pylimma.readers.proteomics.row_filter import RowFilter
from pylimma.readers.proteomics.samples import choose_samples, sample_names
from pylimma.readers.proteomics.search_tables import SearchTable, key
from pylimma.typing import AnyArray, FloatArray

Level = Literal["precursor", "group"]
_CUTOFF = 0.01


@dataclass(frozen=True, slots=True)
class Rows:
    """What the rows of the result are at one level; a tuple of columns names alternatives."""

    what: str  # in words
    features: tuple[tuple[str, ...], ...]  # columns whose texts, joined by a dot, name a feature
    quantities: tuple[str, ...]
    annotation: tuple[str, ...]
    # largest errors, by columns of which the first is taken that is there and not all zero
    errors: tuple[tuple[tuple[str, ...], float], ...] = ()
    counts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of different things
    repeated: Literal["last", "first", "sum"] = "last"  # which of several values is taken
    hint: str = ""  # where the quantity is missing


@dataclass(frozen=True, slots=True)
class Report:
    """Columns of the long report of a program."""

    runs: tuple[str, ...]
    levels: Mapping[str, Rows]
    proteins: tuple[str, ...]  # whose prefixes tell decoys and contaminants
    marks: Mapping[str, str] = field(default_factory=dict)  # column → reason to drop its rows
    channel: str = ""
    of_samples: tuple[str, ...] = ()  # columns that describe samples
    of_groups: tuple[str, ...] = ()  # how columns of intensities of groups begin
    numeric: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a user wants of a report; None is for the default."""

    level: Level
    quantity: str | None = None
    q_columns: Any = None
    q_cutoffs: Any = None
    annotation_columns: Any = None


def choose_level(table: SearchTable, report: Report, level: Any, quantity: Any) -> Level:
    """The level asked for, or that of the intensities asked for, or of those that there are."""
    if level is None and quantity is not None:
        return "group" if key(quantity).startswith(report.of_groups) else "precursor"
    if level is None:
        ends = tuple(map(key, report.levels["group"].quantities))
        has_groups = any(key(column).endswith(ends) for column in table.columns)
        return "group" if has_groups else "precursor"
    check_choice(level, report.levels, "level")
    return level


def read_report(
    table: SearchTable,
    report: Report,
    wanted: Wanted,
    reading: Reading,
    filters: Callable[[RowFilter], None] | None = None,
) -> EList:
    """Container of the features at one level."""
    rows = report.levels[wanted.level]
    cutoffs = _cutoffs(table, rows, wanted)
    found = table.need(*([wanted.quantity] if wanted.quantity else rows.quantities), hint=rows.hint)
    runs = _runs(table, report)
    samples, targets = choose_samples(reading.samples, list(pd.unique(runs)), table.name)
    values = table.numbers([found])[:, 0]
    features = _features(table, rows)
    kept = RowFilter(table)
    kept.drop((~runs.isin(samples)).to_numpy(), "of other samples")
    kept.drop(np.isnan(values), f"without {found}")
    kept.drop(features.isna().to_numpy(), f"without {rows.features[0][0]}")
    kept.drop_marks(report.marks, keep_contaminants=reading.keep_contaminants)
    kept.drop_named(report.proteins, keep_contaminants=reading.keep_contaminants)
    if filters is not None:
        filters(kept)
    kept.drop_above(cutoffs)
    kept.check()
    samples = _with_rows(kept, runs, samples, keep=reading.samples is not None)
    matrix, names, first = _matrix(kept, features, runs, samples, values, rows.repeated)
    genes = annotation(table, _annotation(rows, wanted), first, report.numeric)
    for name, columns in rows.counts.items():
        column = table.find(*columns)
        if column is not None:
            genes[name] = _distinct(features[kept.kept], names, table.texts(column)[kept.kept])
    if targets is None:
        targets = _targets(table, report, runs, samples)
    what = f"{rows.what} ({found})"
    return Intensities(matrix, names, samples, genes, what, targets).result(kept, reading)


def _cutoffs(table: SearchTable, rows: Rows, wanted: Wanted) -> dict[str, float]:
    """Columns of errors with their cut-offs."""
    if wanted.q_columns is not None:
        return _given_cutoffs(table, wanted.q_columns, wanted.q_cutoffs)
    found = {}
    for names, cutoff in rows.errors:
        there = [column for name in names if (column := table.find(name)) is not None]
        estimated = [column for column in there[:-1] if (table.numbers([column]) > 0).any()]
        for column in (estimated or there[-1:])[:1]:
            limit = cutoff if wanted.q_cutoffs is None else wanted.q_cutoffs
            found[column] = number(limit, "q_cutoffs", 0, 1)
    return found


def _given_cutoffs(table: SearchTable, columns: Any, cutoffs: Any) -> dict[str, float]:
    names = [columns] if isinstance(columns, str) else sequence(columns, "q_columns")
    if cutoffs is None or np.ndim(cutoffs) == 0:
        cutoffs = [_CUTOFF if cutoffs is None else cutoffs] * len(names)
    limits = vector(cutoffs, "q_cutoffs", len(names), "column")
    absent = [str(name) for name in names if table.find(str(name)) is None]
    if absent:
        raise UnknownNameError(
            f"`q_columns` has {quoted(absent)}, which '{table.name}' lacks; it has "
            f"{quoted(nearest(absent[0], table.columns))}."
        )
    pairs = zip(names, limits, strict=True)
    return {table.need(str(name)): number(limit, "q_cutoffs", 0, 1) for name, limit in pairs}


def _annotation(rows: Rows, wanted: Wanted) -> tuple[str, ...]:
    columns = wanted.annotation_columns
    if columns is None:
        return rows.annotation
    named = [columns] if isinstance(columns, str) else sequence(columns, "annotation_columns")
    return tuple(map(str, named))


def _with_rows(rows: RowFilter, runs: pd.Series, samples: list[str], *, keep: bool) -> list[str]:
    """Samples that have rows left, in order of appearance; all of them, as given, to `keep`."""
    left = list(pd.unique(runs[rows.kept]))
    gone = [name for name in samples if name not in left]
    if gone:
        warn(f"No row of '{rows.table.name}' is left for samples {quoted(gone)}.", InputWarning)
    return samples if keep else left


def _runs(table: SearchTable, report: Report) -> pd.Series:
    """Sample of each row: its run, with its channel where there are several."""
    table.need(*report.runs)
    there = [column for name in report.runs if (column := table.find(name)) is not None]
    column = next((name for name in there if table.texts(name).notna().any()), there[0])
    runs = table.texts(column)
    if runs.isna().any():
        raise table.fault(int(np.argmax(runs.isna())), f"column '{column}' is empty")
    each = list(pd.unique(runs))
    runs = runs.map(dict(zip(each, sample_names(each), strict=True)))
    channel = table.find(report.channel) if report.channel else None
    if channel is None:
        return runs
    labels = table.texts(channel)
    return runs if labels.isna().all() else runs + "_" + labels.fillna("")


def _features(table: SearchTable, rows: Rows) -> pd.Series:
    parts = [table.texts(table.need(*names)) for names in rows.features]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + "." + part
    return joined


def _matrix(
    rows: RowFilter,
    features: pd.Series,
    runs: pd.Series,
    samples: Sequence[str],
    values: FloatArray,
    repeated: str,
) -> tuple[FloatArray, list[str], AnyArray]:
    """Matrix of the kept rows, features in order of appearance, and the first row of each."""
    place = np.flatnonzero(rows.kept)
    codes, names = pd.factorize(features.iloc[place])
    cell = codes * len(samples) + pd.Index(samples).get_indexer(pd.Index(runs.iloc[place]))
    by_cell = pd.Series(values[place]).groupby(cell)
    matrix = np.full(len(names) * len(samples), np.nan)
    taken = by_cell.agg(repeated)
    matrix[taken.index] = taken
    several = int((by_cell.max() > by_cell.min()).sum()) if repeated != "sum" else 0
    if several:
        warn(
            f"'{rows.table.name}' has several values of a feature in a sample {several:,} times; "
            f"the {repeated} is taken.",
            InputWarning,
        )
    first = place[np.unique(codes, return_index=True)[1]]
    return matrix.reshape(len(names), len(samples)), [str(name) for name in names], first


def _distinct(features: pd.Series, names: Sequence[str], what: pd.Series) -> AnyArray:
    """Number of different things, such as peptides, of each feature."""
    counts = what.groupby(features, sort=False).nunique()
    return counts.reindex(pd.Index(names)).to_numpy()


def _targets(
    table: SearchTable, report: Report, runs: pd.Series, wanted: Sequence[str]
) -> pd.DataFrame | None:
    """What a report says of its samples."""
    first = runs.drop_duplicates()
    place = first.index[pd.Index(first).get_indexer(pd.Index(wanted))]
    found = annotation(table, report.of_samples, place.to_numpy())
    return found.set_axis(pd.Index(wanted), axis=0) if found.shape[1] else None
