"""Small tables of a page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup, escape


def html_table(table: pd.DataFrame, corner: str = "") -> Markup:
    """A table with its row names, all text escaped."""
    numeric = [pd.api.types.is_numeric_dtype(table.iloc[:, k]) for k in range(table.shape[1])]
    header = [_cell("th", corner, number=False)]
    header += [_cell("th", name, number=n) for name, n in zip(table.columns, numeric, strict=True)]
    rows = []
    for label, row in zip(table.index, table.itertuples(index=False), strict=True):
        cells = [_cell("td", label, number=False)]
        cells += [_cell("td", _text(v), number=n) for v, n in zip(row, numeric, strict=True)]
        rows.append(_row(cells))
    return Markup("<table><thead>{}</thead><tbody>{}</tbody></table>").format(
        _row(header), Markup("").join(rows)
    )


def _row(cells: list[Markup]) -> Markup:
    return Markup("<tr>{}</tr>").format(Markup("").join(cells))


def _cell(tag: str, text: object, *, number: bool) -> Markup:
    kind = Markup(' class="num"') if number else Markup("")
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), kind, escape(str(text)))  # noqa: S704 - "th" or "td"


def _text(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        value = float(value)
        if np.isnan(value):
            return "–"
        whole = value.is_integer() and abs(value) < 1e15  # noqa: PLR2004 - exact in double
        return f"{value:,.0f}" if whole or abs(value) >= 1e5 else f"{value:.4g}"  # noqa: PLR2004
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    return "–" if value is None or value is pd.NA else str(value)
