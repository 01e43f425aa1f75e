"""Results of many contrasts as one long file, written a block of contrasts at a time."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from pylimma.arguments import path as file_path
from pylimma.containers.fit import MArrayLM
from pylimma.errors import InputError
from pylimma.output import whole_file
from pylimma.results.exports import tidy_options, tidy_parts
from pylimma.results.tables import Coefs, check_moderated
from pylimma.typing import AdjustMethod

_SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
_ROWS = 2**19  # of a block: about 50 megabytes

Writer = Callable[[pd.DataFrame], Any]


def write_tidy(
    fit: MArrayLM,
    file: str | os.PathLike[str],
    coef: Coefs | None = None,
    *,
    adjust_method: AdjustMethod = "BH",
    method: str = "separate",
    number: float | None = None,
    p_value: float = 1.0,
) -> int:
    """Long table of results as a file, without all of it in memory at once.

    Parameters
    ----------
    fit : MArrayLM
        From `e_bayes` or `treat`.
    file : path
        Where to write it, ending in ".parquet", or ".csv" or ".tsv" with or without ".gz"; an
        existing file is replaced once everything is written.
    coef : int, name, term or sequence of these, optional
        Contrasts; all but the intercept when not given.
    adjust_method : {"BH", "fdr", "BY", "holm", "bonferroni", "hochberg", "hommel", "none"}
        How p-values are adjusted for multiple testing.
    method : {"separate", "global"}
        Whether they are adjusted within each contrast or over all of these together.
    number : int, optional
        Greatest number of rows of each contrast; all when None or infinite.
    p_value : float
        Largest adjusted p-value of a row.

    Returns
    -------
    int
        Number of rows.

    Raises
    ------
    StageError
        If the fit has no moderated statistics.
    InputError
        If the file has another ending, an option is out of range, or Parquet is asked for
        without the library pyarrow.
    OutputError
        If the file cannot be written.

    See Also
    --------
    tidy : The table itself, and its columns.
    """
    check_moderated(fit, "write_tidy")
    options = tidy_options(adjust_method, method, number, p_value)
    target = file_path(file, "file")
    written, waiting, n_waiting = 0, [], 0
    with _writer(target) as write:
        for part in tidy_parts(fit, coef, options):
            waiting.append(part)
            n_waiting += len(part)
            if n_waiting >= _ROWS:
                write(pd.concat(waiting, ignore_index=True))
                written, waiting, n_waiting = written + n_waiting, [], 0
        if waiting:
            write(pd.concat(waiting, ignore_index=True))
    return written + n_waiting


@contextmanager
def _writer(target: Path) -> Iterator[Writer]:
    """What writes tables one below the other into a file that appears at the end."""
    suffixes = [suffix.lower() for suffix in target.suffixes]
    packed = suffixes[-1:] == [".gz"]
    kind = "".join(suffixes[-2:-1] if packed else suffixes[-1:])
    if kind == ".parquet" and not packed:
        yield from _parquet(target)
    elif kind in _SEPARATORS:
        yield from _delimited(target, _SEPARATORS[kind], packed=packed)
    else:
        raise InputError(
            f"`file` must end in .parquet, .csv, .tsv or .txt, the last three perhaps with .gz; "
            f"got '{target.name}'."
        )


def _delimited(target: Path, sep: str, *, packed: bool) -> Iterator[Writer]:
    with whole_file(target) as place:
        opened = gzip.open if packed else open
        with opened(place, "wt", encoding="utf-8", newline="") as lines:
            empty = True

            def write(table: pd.DataFrame) -> None:
                nonlocal empty
                table.to_csv(lines, sep=sep, index=False, header=empty, lineterminator="\n")
                empty = False

            yield write


def _parquet(target: Path) -> Iterator[Writer]:
    try:
        from pyarrow import Table, parquet  # noqa: PLC0415 - an optional library
    except ImportError:
        raise InputError("Parquet files need the library pyarrow: pip install pyarrow.") from None
    with whole_file(target) as place:
        opened: Any = None

        def write(table: pd.DataFrame) -> None:
            nonlocal opened
            rows = Table.from_pandas(table, preserve_index=False).replace_schema_metadata()
            if opened is None:
                opened = parquet.ParquetWriter(place, rows.schema)
            opened.write_table(rows.cast(opened.schema))

        try:
            yield write
        finally:
            if opened is not None:
                opened.close()
