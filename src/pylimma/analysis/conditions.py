"""Which samples are of one condition, and what is known of samples along the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pylimma.design.description import DesignDescription, read_description
from pylimma.typing import FloatArray

if TYPE_CHECKING:
    from pylimma.analysis.result import Analysis


def conditions_of(analysis: Analysis) -> pd.Series:
    """A label of the condition of each sample, by the factors that are compared."""
    about = read_description(analysis.design)
    names = analysis.design.index
    factors = _compared(about, analysis.fit.get("contrasts")) if about is not None else []
    factors = [name for name in factors if name in analysis.samples.columns]
    if not factors:
        return pd.Series(_by_rows(analysis.design), index=names, name="condition")
    columns = [_as_levels(analysis.samples[name], about, name) for name in factors]
    labels = columns[0].astype(str)
    for column in columns[1:]:
        labels = labels + ":" + column.astype(str)
    order = pd.DataFrame({k: column.cat.codes for k, column in enumerate(columns)})
    ranked = labels.iloc[np.lexsort(order.to_numpy().T[::-1])]
    levels = list(dict.fromkeys(ranked))
    return pd.Series(pd.Categorical(labels, categories=levels), index=names, name=":".join(factors))


def _compared(about: DesignDescription, contrasts: FloatArray | None) -> list[str]:
    """Factors of the terms that any contrast weighs; the first factor if none is."""
    factors = list(about.references)
    if contrasts is None:
        return factors
    weighed = np.flatnonzero(np.any(np.asarray(contrasts) != 0, axis=1))
    found = [
        factor
        for factor in factors
        if any(factor in term and set(at) & set(weighed) for term, at in about.terms.items())
    ]
    return found or factors[:1]


def _as_levels(column: pd.Series, about: DesignDescription | None, name: str) -> pd.Series:
    levels = [] if about is None else [str(level) for level in about.columns[name]["levels"]]
    text = column.astype(str)
    if set(text) <= set(levels):
        return pd.Series(pd.Categorical(text, categories=levels), index=column.index)
    return text.astype("category")


def _by_rows(design: pd.DataFrame) -> Any:
    """Labels of equal rows of a design, named by their columns where there is one each."""
    rows, place = np.unique(design.to_numpy(), axis=0, return_inverse=True)
    if len(rows) > len(design) / 2:
        return pd.Categorical(["all"] * len(design))
    one_each = bool(((rows == 1).sum(axis=1) == 1).all() and np.isin(rows, (0, 1)).all())
    names = [
        str(design.columns[int(np.argmax(row))]) if one_each else f"condition {k + 1}"
        for k, row in enumerate(rows)
    ]
    return pd.Categorical([names[k] for k in place.ravel()], categories=list(dict.fromkeys(names)))


def trend_of(analysis: Analysis) -> tuple[FloatArray, FloatArray] | None:
    """Points and curve of the mean-variance trend behind the weights."""
    for source in (analysis.models, analysis.expression):
        points, line = source.get("voom_xy"), source.get("voom_line")
        if points is not None and line is not None:
            return _coordinates(points), _coordinates(line)
    return None


def _coordinates(curve: Any) -> FloatArray:
    x, y = (curve["x"], curve["y"]) if hasattr(curve, "keys") else curve
    return np.array([np.asarray(x, dtype=float), np.asarray(y, dtype=float)])


def sample_weights_of(analysis: Analysis) -> FloatArray | None:
    """Weights of the samples, where the method estimates them."""
    found = analysis.expression.get("sample_weights")
    if found is None:
        return None
    return np.asarray(found, dtype=float)


def sample_table(analysis: Analysis) -> pd.DataFrame:
    """Everything known of the samples: what was given, library sizes, blocks and weights."""
    table = analysis.samples.copy()
    table.index = analysis.design.index
    if analysis.counts is not None:
        kept = analysis.counts.samples
        whole = np.asarray(analysis.data["counts"]).sum(axis=0, dtype=float)
        table = table.drop(columns=["lib_size", "norm_factors"], errors="ignore")
        table["lib_size"] = whole
        table["lib_size_kept"] = kept["lib_size"].to_numpy()
        table["norm_factors"] = kept["norm_factors"].to_numpy()
        table["effective_lib_size"] = analysis.counts.effective_lib_size
    if analysis.block is not None:
        table["block"] = analysis.block
    weights = sample_weights_of(analysis)
    if weights is not None:
        table["sample_weight"] = weights
    return table
