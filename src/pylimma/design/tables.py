"""Tables of samples or arrays, from all that a user may give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import pandas as pd

from pylimma.adapters.tables import as_pandas
from pylimma.arguments import described, plain_array
from pylimma.containers.components import Components
from pylimma.errors import DesignError, InputTypeError
from pylimma.typing import AnnDataLike, Table

LOG_RATIOS = "log_ratios"  # attribute of the tables of designs for log-ratios

TableLike: TypeAlias = Table | Mapping[str, Any] | AnnDataLike
"""Table of samples or arrays: of any library, a mapping of columns, or AnnData."""


def parse_table(data: TableLike, argument: str, row: str) -> pd.DataFrame:
    """A table of any library, the samples of AnnData, or a mapping of columns, as pandas."""
    table = as_pandas(data)
    if table is None:
        table = getattr(data, "obs", None)
    if isinstance(table, pd.DataFrame):
        return table
    if not isinstance(data, Mapping) or isinstance(data, Components):
        raise InputTypeError(
            f"`{argument}` must be a DataFrame with a row for each {row}, a mapping of columns, "
            f"or an AnnData; got {described(data)}."
        )
    shapes = {name: plain_array(values, argument).shape for name, values in data.items()}
    if len(set(shapes.values())) > 1 or any(len(shape) > 1 for shape in shapes.values()):
        raise DesignError(f"The columns of `{argument}` differ in length: {shapes}.")
    one_row = () in shapes.values()
    return pd.DataFrame({name: [x] if one_row else x for name, x in data.items()})
