"""The conditions of the samples, and the table of everything known about them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.analysis.record import AnalysisRecord
from pylimma.containers.expression import EList
from pylimma.design.description import DesignDescription
from pylimma.exploration.ordination import MDS, mds
from pylimma.typing import FloatArray

_MOST_DIMENSIONS = 8  # of the MDS; more are not looked at
_FEWEST_SAMPLES = 3  # with fewer, distances say nothing


def condition_labels(analysis: AnalysisRecord) -> pd.Series:
    """The condition of each sample by the factors compared, its levels in their order."""
    return conditions_of(analysis.design, analysis.samples, analysis.fit.get("contrasts"))


def conditions_of(
    design: pd.DataFrame, samples: pd.DataFrame, contrasts: FloatArray | None
) -> pd.Series:
    """The condition of each sample by the factors that contrasts compare."""
    about = DesignDescription.read(design)
    names = design.index
    factors = _compared(about, contrasts) if about is not None else []
    factors = [name for name in factors if name in samples.columns]
    if not factors:
        return pd.Series(_by_rows(design), index=names, name="condition")
    columns = [_as_levels(samples[name], about, name) for name in factors]
    labels = columns[0].astype(str)
    for column in columns[1:]:
        labels = labels + ":" + column.astype(str)
    order = pd.DataFrame({k: column.cat.codes for k, column in enumerate(columns)})
    ranked = labels.iloc[np.lexsort(order.to_numpy().T[::-1])]
    levels = list(dict.fromkeys(ranked))
    return pd.Series(pd.Categorical(labels, categories=levels), index=names, name=":".join(factors))


def _compared(about: DesignDescription, contrasts: FloatArray | None) -> list[str]:
    """Factors of the terms with weight in any contrast; the first factor if there are none."""
    factors = list(about.references)
    if contrasts is None:
        return factors
    weighted = np.flatnonzero(np.any(np.asarray(contrasts) != 0, axis=1))
    found = [
        factor
        for factor in factors
        if any(factor in term and set(at) & set(weighted) for term, at in about.terms.items())
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


def sample_table(analysis: AnalysisRecord) -> pd.DataFrame:
    """The table given, with library sizes, normalisation factors, blocks and weights."""
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
    if analysis.sample_weights is not None:
        table["sample_weight"] = analysis.sample_weights
    return table


def ordination(expression: EList) -> MDS | None:
    """Multidimensional scaling of the samples; None where there are too few."""
    n_samples = expression.shape[1]
    complete = int(np.isfinite(expression["E"]).all(axis=1).sum())
    if n_samples < _FEWEST_SAMPLES or complete < _FEWEST_SAMPLES:
        return None
    return mds(expression, ndim=min(n_samples - 1, complete, _MOST_DIMENSIONS))
