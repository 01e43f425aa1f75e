"""Tables with a row for each feature and columns for each sample."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from pylimma.containers.expression import EList
from pylimma.errors import InputError
from pylimma.readers.proteomics.intensities import Intensities, Reading, annotation
from pylimma.readers.proteomics.row_filter import RowFilter
from pylimma.readers.proteomics.samples import choose_samples, sample_names
from pylimma.readers.proteomics.search_tables import SearchTable, key
from pylimma.typing import AnyArray


@dataclass(frozen=True, slots=True)
class Wide:
    """Columns of a wide table of a program, beside those of the samples."""

    features: tuple[tuple[str, ...], ...]  # alternatives for each part of a feature's name
    annotation: tuple[str, ...]
    numeric: tuple[str, ...] = ()  # columns of annotation that are numbers
    proteins: tuple[str, ...] = ()  # whose prefixes tell decoys and contaminants
    marks: Mapping[str, str] = field(default_factory=dict)  # column → reason to drop its rows
    identified: tuple[str, ...] = ()  # numbers of what identifies a row, if not quantified
    first_of_group: bool = False  # whether the first protein names a group


def columns_of(table: SearchTable, start: str = "", end: str = "") -> dict[str, str]:
    """Columns with a beginning and an end, by what stands between: the sample."""
    pattern = re.compile(re.escape(key(start)) + "(.+)" + re.escape(key(end)), re.DOTALL)
    return {
        column[len(start) : len(column) - len(end)]: column
        for column in table.columns
        if pattern.fullmatch(key(column))
    }


def read_wide(
    table: SearchTable,
    wide: Wide,
    quantities: Mapping[str, str],
    what: str,
    reading: Reading,
    other: Mapping[str, Mapping[str, str]] | None = None,
    *,
    cutoffs: Mapping[str, float] | None = None,
    logged: bool = False,
) -> EList:
    """Container of the intensities in some columns, by sample; `other` has counts beside them."""
    if not quantities:
        raise InputError(f"'{table.name}' has no column of intensities.")
    short = dict(zip(sample_names(list(quantities)), quantities.values(), strict=True))
    wanted, targets = choose_samples(reading.samples, list(short), table.name)
    values = table.numbers([short[name] for name in wanted])
    kept = RowFilter(table)
    kept.drop_marks(wide.marks, keep_contaminants=reading.keep_contaminants)
    kept.drop_named(wide.proteins, keep_contaminants=reading.keep_contaminants)
    kept.drop_above(cutoffs or {}, keep_missing=False)
    empty = ~np.isfinite(values).any(axis=1) if logged else ~(values > 0).any(axis=1)
    kept.drop(empty & ~_identified(table, wide), "without any intensity")
    kept.check()
    place = np.flatnonzero(kept.kept)
    genes = annotation(table, wide.annotation, place, wide.numeric)
    beside = {}
    for name, columns in (other or {}).items():
        by_sample = dict(zip(sample_names(list(columns)), columns.values(), strict=True))
        if all(sample in by_sample for sample in wanted):
            beside[name] = table.numbers([by_sample[sample] for sample in wanted])[place]
    names = _names(table, wide, place)
    return Intensities(values[place], names, wanted, genes, what, targets, beside, logged).result(
        kept, reading
    )


def _identified(table: SearchTable, wide: Wide) -> AnyArray:
    """Rows that were identified, whether or not they were quantified."""
    found = [column for name in wide.identified if (column := table.find(name)) is not None]
    return np.asarray((table.numbers(found) > 0).any(axis=1))


def _names(table: SearchTable, wide: Wide, place: AnyArray) -> list[str]:
    """Names of the kept rows; groups that share their first protein have their whole names."""
    parts = [table.texts(table.need(*names)).iloc[place] for names in wide.features]
    names = parts[0]
    for part in parts[1:]:
        names = names + "_" + part
    if names.isna().any():
        row = int(place[np.argmax(names.isna())])
        raise table.fault(row, f"column '{wide.features[0][0]}' is empty")
    repeated = names.duplicated().to_numpy()
    if repeated.any():
        row = int(place[np.argmax(repeated)])
        raise table.fault(row, f"'{names[row]}' occurs for the second time")
    if wide.first_of_group:
        first = names.str.split(";").str[0]
        names = first.where(~first.duplicated(keep=False), names)
    return [str(name) for name in names]
