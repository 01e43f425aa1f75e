"""Samples of a table of results: their names, and those of them that are asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PureWindowsPath
from typing import Any

import pandas as pd

from pylimma.adapters.tables import as_pandas
from pylimma.arguments import sequence
from pylimma.errors import InputError, Note, UnknownNameError, quoted, warn

_NUMBER = re.compile(r"\[\d+\] ")  # before the runs of a pivot report
_RAW_FILE = re.compile(
    r"(?i)(?:\.(?:raw|d|mzml|mzxml|wiff2?|wiff\.scan|dia|htrms|lcd|tdf|gz|zip))+$"
)


def sample_name(text: str) -> str:
    """Name of a sample from that of its raw file, without folder and extension."""
    bare = PureWindowsPath(_NUMBER.sub("", text, count=1)).name or text
    return _RAW_FILE.sub("", bare) or bare


def sample_names(texts: Sequence[str]) -> list[str]:
    """Names of samples, short unless they would no longer be different."""
    short = [sample_name(text) for text in texts]
    return short if len(set(short)) == len(set(texts)) else list(texts)


def choose_samples(
    samples: Any, found: Sequence[str], name: str
) -> tuple[list[str], pd.DataFrame | None]:
    """Those of the samples in a file that are asked for, and what a table says of them."""
    if samples is None:
        return list(found), None
    table = as_pandas(samples)
    if table is not None:
        table = _named_by_samples(table, found)
    wanted = [str(x) for x in (sequence(samples, "samples") if table is None else table.index)]
    short = {sample_name(text): text for text in found}
    names = [text if text in found else short.get(sample_name(text), "") for text in wanted]
    if not wanted:
        raise InputError("`samples` names no sample.")
    lacking = [text for text, known in zip(wanted, names, strict=True) if not known]
    extra = [text for text in found if text not in names]
    if lacking:
        raise UnknownNameError(
            f"`samples` has {quoted(lacking, 6)}, which '{name}' lacks; it has "
            f"{quoted(extra or found, 6)}."
        )
    if len(set(names)) < len(names):
        raise InputError("`samples` names a sample twice.")
    if extra:
        warn(f"Samples of '{name}' that `samples` lacks are not read: {quoted(extra)}.", Note)
    return names, None if table is None else table.set_axis(pd.Index(names), axis=0)


def _named_by_samples(table: pd.DataFrame, found: Sequence[str]) -> pd.DataFrame:
    """Table of samples by the column that names samples of the file, unless its index does."""
    known = {*found, *map(sample_name, found)}

    def hits(labels: Any) -> int:
        return sum(sample_name(str(text)) in known or str(text) in known for text in labels)

    best = max(table.columns, key=lambda column: hits(table[column]), default=None)
    if hits(table.index) or best is None or not hits(table[best]):
        return table
    warn(f"Samples are matched by the column '{best}' of `samples`.", Note)
    return table.set_index(best)
