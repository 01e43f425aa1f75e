"""In how many samples each gene was seen, beside what its comparison gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pylimma.containers.expression import EList
from pylimma.containers.fit import MArrayLM
from pylimma.results.missing_values import one_sided
from pylimma.results.tables import descending
from pylimma.typing import AnyArray, FloatArray

_NO_PART = 1e-8  # of a comparison: the largest weight of a sample that is on neither side


def sides(design: pd.DataFrame, contrast: FloatArray) -> AnyArray:
    """Side of a comparison on which each sample stands: 1, -1, or 0 for neither."""
    # the estimate is a sum of the values with weights X(X'X)⁻¹c
    weights = np.linalg.lstsq(design.to_numpy(float).T, contrast, rcond=None)[0]
    return np.sign(np.where(np.abs(weights) > _NO_PART * np.abs(weights).max(), weights, 0.0))


def with_numbers_seen(
    tables: Mapping[str, pd.DataFrame],
    expression: EList,
    fit: MArrayLM,
    conditions: pd.Series,
    design: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Tables with the samples of each condition in which a gene was seen, and why one has no p."""
    seen = np.isfinite(expression["E"])
    if seen.all():
        return dict(tables)
    result = {}
    for k, (name, table) in enumerate(tables.items()):
        side = sides(design, fit["contrasts"][:, k])
        levels = [level for level in pd.unique(conditions) if side[conditions == level].any()]
        order = descending(-fit["p_value"][:, k])  # of the rows of the table
        columns = {f"n_{x}": seen[:, conditions == x].sum(axis=1)[order] for x in levels}
        added = pd.DataFrame(columns, index=table.index)
        absent = [(added[f"n_{level}"] == 0).to_numpy() for level in levels]
        rows = zip(table["p_value"].isna(), *absent, strict=True)
        added["reason"] = [_reason(levels, flags) if lost else "" for lost, *flags in rows]
        result[name] = pd.concat([table, added], axis=1)
        result[name].attrs = table.attrs
    return result


def on_off(
    expression: EList, design: pd.DataFrame, contrast: FloatArray, conditions: pd.Series, least: int
) -> pd.DataFrame:
    """Genes seen on one side of a comparison and never on the other."""
    side = sides(design, contrast)
    names = {sign: ", ".join(map(str, pd.unique(conditions[side == sign]))) for sign in (1.0, -1.0)}
    parts = [
        one_sided(expression["E"], side == sign, side == -sign, least).assign(
            seen_in=names[sign], not_seen_in=names[-sign]
        )
        for sign in (1.0, -1.0)
    ]
    found = pd.concat(parts)
    found = found.iloc[np.lexsort((-found["ave_expr"], -found["share"]))]
    place = found["feature"].to_numpy(int)
    columns = found[["seen_in", "not_seen_in", "share", "ave_expr"]].reset_index(drop=True)
    genes = expression.get("genes")
    if genes is not None:
        columns = pd.concat([genes.iloc[place].reset_index(drop=True), columns], axis=1)
    rows = pd.RangeIndex(len(expression["E"]))
    index = rows if expression.row_names is None else expression.row_names
    return columns.set_axis(index[place], axis=0)


def _reason(levels: Sequence[str], absent: Sequence[bool]) -> str:
    unseen = [str(level) for level, flag in zip(levels, absent, strict=True) if flag]
    return f"not seen in {', '.join(unseen)}" if unseen else "not estimable from its values"
