"""Tables of results as text and as Parquet."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.containers.names import number_text
from pylimma.errors import InputError
from pylimma.record import Record

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the start of one
_MOST_BYTES = 180  # of a name; file systems take 255 with the suffix
R_COLUMNS = {
    "log_fc": "logFC",
    "ci_l": "CI.L",
    "ci_r": "CI.R",
    "ave_expr": "AveExpr",
    "t": "t",
    "p_value": "P.Value",
    "adj_p_value": "adj.P.Val",
    "b": "B",
}


def has_parquet() -> bool:
    """Whether Parquet files can be written."""
    return importlib.util.find_spec("pyarrow") is not None


@dataclass(frozen=True, slots=True, eq=False)
class TableFormat(Record):
    """How tables are written."""

    digits: int | None = None  # decimal places of numbers; full precision when None
    spreadsheet_safe: bool = False  # whether cells that look like formulas are escaped
    parquet: bool = False  # whether each table is also written as Parquet

    def write(self, table: pd.DataFrame, path: Path) -> None:
        """Write a tab-separated table, without its index."""
        table = table if self.digits is None else table.round(self.digits)
        if self.parquet:
            table.to_parquet(path.with_suffix(".parquet"), index=False)
        if self.spreadsheet_safe:
            table = escape_formulas(table)
        table.to_csv(path, sep="\t", index=False, na_rep="NA", lineterminator="\n")

    def write_like_r(self, table: pd.DataFrame, path: Path) -> None:
        """Write a table as R does without quotes: 15 significant digits, NA, no escapes."""
        table = table if self.digits is None else table.round(self.digits)
        if self.spreadsheet_safe:
            table = escape_formulas(table)
        columns = [_r_text(table.iloc[:, k]) for k in range(table.shape[1])]
        header = "\t".join(_one_cell(name) for name in table.columns)
        rows = map("\t".join, zip(*columns, strict=True))
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8", newline="\n")


def escape_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before text that a spreadsheet would run as a formula."""
    result = table.rename(columns=_escape)
    for k in range(table.shape[1]):
        column = table.iloc[:, k]
        if not pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            result.isetitem(k, column.astype(object).map(_escape).to_numpy())
    return result


def with_row_names(table: pd.DataFrame, name: str = "gene") -> pd.DataFrame:
    """The table with its row names as the first column."""
    result = table.reset_index(drop=True)
    if name in result.columns:
        result = result.rename(columns={name: f"{name}_annotation"})
    result.insert(0, name, table.index.astype(str))
    return result


def r_columns(table: pd.DataFrame) -> pd.DataFrame:
    """The statistics of a table under R's names, in R's order."""
    return table[[name for name in R_COLUMNS if name in table]].rename(columns=R_COLUMNS)


def file_names(
    names: Iterable[object], spell: Callable[[str], str] | None = None
) -> dict[str, str]:
    """File names for names such as contrasts: safe, and all different in any case of letters."""
    found: dict[str, str] = {}
    for name in map(str, names):
        text = _cut((spell or _slug)(name)) or "contrast"
        number, unique = 2, text
        while unique.lower() in {taken.lower() for taken in found.values()}:
            unique, number = f"{text}_{number}", number + 1
        found[name] = unique
    return found


def _slug(name: str) -> str:
    text = re.sub(r"\s*-\s*", "-", name.replace("`", ""))
    return re.sub(r"[^\w.+-]+", "_", text).strip("._")


def _cut(text: str) -> str:
    """Text of as many bytes as a file name with its suffix may have."""
    return text.encode("utf-8", "replace")[:_MOST_BYTES].decode("utf-8", "ignore")


def needs_parquet(*, wanted: bool | None) -> bool:
    """Whether Parquet is written; None leaves it to what is installed."""
    if wanted and not has_parquet():
        raise InputError("Parquet files need the library pyarrow: pip install pyarrow.")
    return has_parquet() if wanted is None else wanted


def _escape(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _r_text(column: pd.Series) -> list[str]:
    values = column.to_numpy()
    if values.dtype.kind == "f":
        return ["NA" if np.isnan(value) else number_text(value) for value in values]
    if values.dtype.kind == "b":
        return ["TRUE" if value else "FALSE" for value in values]
    return ["NA" if pd.isna(value) else _one_cell(value) for value in values]


def _one_cell(value: object) -> str:
    return re.sub(r"[\t\r\n]", " ", str(value))
