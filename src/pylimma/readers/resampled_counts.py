"""Where quantification programs keep the counts of bootstrap or Gibbs samples.

They are matched with the estimates by the names of the transcripts where the files have names; else
they must be as many.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.errors import InputError, quoted
from pylimma.readers.compression import read_content
from pylimma.readers.delimited import Layout, read_columns
from pylimma.readers.files import existing_file, open_hdf, read_json, read_text, sibling
from pylimma.readers.overdispersion import Resamples
from pylimma.typing import AnyArray, IntArray

_BOOTSTRAP = Layout(program="kallisto", row_names="target_id", columns={"counts": "est_counts"})
_WIDTHS = {8: "<f8", 4: "<i4"}  # bytes of a count of Salmon → how it is stored


def kallisto_resamples(file: Path, table: pd.DataFrame) -> Resamples:
    """A data set of the HDF5 file, or a text file, for each bootstrap sample."""
    if file.suffix != ".h5":
        return _kallisto_text(file.parent, table)
    with open_hdf(file) as content:
        stored = content.get("bootstrap", {})
        number = content.get("aux/num_bootstrap")
        n_resamples = len(stored) if number is None else int(np.ravel(number[()])[0])
        if n_resamples == 0:
            return Resamples.none(len(table))
        values = np.stack([stored[f"bs{k}"][:] for k in range(n_resamples)])
    _check_number(values.shape[1], table, file)
    return Resamples.of(values)


def _kallisto_text(folder: Path, table: pd.DataFrame) -> Resamples:
    pattern = re.compile(r"bs_abundance_(\d+)\.tsv")
    found = {int(m[1]): file for file in folder.iterdir() if (m := pattern.match(file.name))}
    if not found:
        return Resamples.none(len(table))
    values = []
    for number in sorted(found):
        counts = read_columns(found[number], _BOOTSTRAP, ["counts"])["counts"]
        values.append(counts.to_numpy(float)[_places(counts.index, table, found[number])])
    return Resamples.of(np.stack(values))


def salmon_resamples(file: Path, table: pd.DataFrame) -> Resamples:
    """Numbers of 8 or 4 bytes, one resample after the other, with the names beside them."""
    folder = _auxiliary_folder(file.parent)
    meta = read_json(existing_file(folder / "meta_info.json"))
    n_resamples = int(meta.get("num_bootstraps") or 0)
    if n_resamples == 0:
        return Resamples.none(len(table))
    stored = existing_file(folder / "bootstrap" / "bootstraps.gz")
    content = read_content(stored)
    places = _salmon_places(folder / "bootstrap" / "names.tsv.gz", table)
    width, rest = divmod(len(content), n_resamples * len(places))
    if rest or width not in _WIDTHS:
        raise InputError(
            f"'{stored}' holds {len(content) // 8} values; {n_resamples} resamples of "
            f"{len(places)} transcripts are announced."
        )
    values = np.frombuffer(content, dtype=_WIDTHS[width]).reshape(n_resamples, len(places))
    return Resamples.of(values[:, places].astype(float), meta.get("samp_type"))


def _auxiliary_folder(folder: Path) -> Path:
    """Folder with what Salmon writes beside its table, by the name it was told."""
    command = folder / "cmd_info.json"
    named = str(read_json(command).get("auxDir", "")) if command.is_file() else ""
    names = [name for name in (named, "aux_info", "aux") if name]
    return next((folder / name for name in names if (folder / name).is_dir()), folder / names[0])


def _salmon_places(file: Path, table: pd.DataFrame) -> IntArray:
    if not file.is_file():
        return np.arange(len(table))
    names = [name for name in re.split(r"[\t\n]", read_text(file)) if name]
    return _places(pd.Index(names), table, file)


def parquet_resamples(file: Path, table: pd.DataFrame) -> Resamples:
    """A column for each bootstrap sample, in a Parquet file with the rows of the estimates."""
    stored, meta = (sibling(file, ".quant", end) for end in (".infreps.pq", ".meta_info.json"))
    if not stored.is_file():
        announced = int(read_json(meta).get("num_bootstraps") or 0) if meta.is_file() else 0
        if announced:
            raise InputError(f"There is no file '{stored}'; {announced} resamples are announced.")
        return Resamples.none(len(table))
    values = _parquet(stored)
    _check_number(len(values), table, stored)
    return Resamples.of(values.T, "bootstrap")


def _parquet(file: Path) -> AnyArray:
    try:
        from pyarrow import parquet  # noqa: PLC0415 - an optional library
    except ImportError:
        raise InputError(
            f"The library pyarrow is needed to read '{file}': pip install pyarrow."
        ) from None
    try:
        columns: Any = parquet.read_table(file).to_pandas().select_dtypes("number")
    except (OSError, ValueError) as error:
        raise InputError(f"'{file}' is cut off, damaged or not a Parquet file.") from error
    return np.asarray(columns.to_numpy(float))


def rsem_resamples(file: Path, table: pd.DataFrame, n_resamples: int = 100) -> Resamples:
    """Posterior means and standard deviations over Gibbs samples, beside the estimates."""
    if not {"posterior_mean", "posterior_sd"} <= set(table.columns):
        raise InputError(
            f"'{file}' has no column 'posterior_standard_deviation_of_count'; run RSEM with "
            f"`--calc-pme`."
        )
    mean, sd = (table[column].to_numpy(float) for column in ("posterior_mean", "posterior_sd"))
    known = mean > 0
    statistic = np.divide((n_resamples - 1) * sd**2, mean, out=np.zeros(len(mean)), where=known)
    return Resamples(statistic, np.where(known, n_resamples - 1.0, 0.0), "gibbs")


def _places(names: pd.Index, table: pd.DataFrame, file: Path) -> IntArray:
    """Positions of the transcripts of a table among names that come with resamples."""
    _check_number(len(names), table, file)
    unknown = table.index.difference(names)
    if len(unknown) or not names.is_unique:
        raise InputError(
            f"'{file}' names other transcripts than the table of estimates: "
            f"{len(unknown):,} of {len(table):,} are not in it, such as {quoted(unknown, 3)}."
        )
    return np.asarray(names.get_indexer(table.index))


def _check_number(number: int, table: pd.DataFrame, file: Path) -> None:
    if number != len(table):
        raise InputError(
            f"'{file}' has resamples of {number:,} transcripts; the table of estimates has "
            f"{len(table):,}."
        )
