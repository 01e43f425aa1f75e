"""Masks, columns, groups and contrasts of an AnnData, checked for a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

import numpy as np
import pandas as pd

from pylimma.adapters.anndata import is_anndata
from pylimma.adapters.expression import Expression
from pylimma.arguments import described, text
from pylimma.containers.names import check_labels
from pylimma.design.formula.levels import find_level, level_text, sorted_names
from pylimma.design.intake import Design
from pylimma.design.matrices import model_matrix
from pylimma.errors import (
    DesignError,
    InputError,
    InputTypeError,
    Note,
    UnknownNameError,
    check_choice,
    nearest,
    quoted,
    warn,
)
from pylimma.preprocessing.counts.intake import parse_lib_size, parse_valid_counts
from pylimma.preprocessing.counts.library_sizes import ScalingMethod, norm_lib_sizes

_FEW = 10_000  # genes that suffice to tell whether values are counts
_LARGE = 20  # log2 expression is hardly ever larger
_NO_LOGARITHM = 1000
_ESTIMATES = 0.2  # of estimated counts are at least this share whole numbers


def mask_of(adata: Any, mask: str) -> Any:
    """Genes for which a column of `var` is true."""
    if text(mask, "mask") not in adata.var:
        raise UnknownNameError(
            f"`adata.var` has no column '{mask}' for the `mask`; it has "
            f"{quoted(nearest(mask, adata.var))}."
        )
    chosen = adata.var[mask].to_numpy()
    if chosen.dtype != bool:
        raise InputError(f"`mask` must name a boolean column; '{mask}' is {chosen.dtype}.")
    return chosen


def column_of(adata: Any, name: str) -> pd.Series:
    """A column of `obs`."""
    if not is_anndata(adata):
        raise InputTypeError(f"`adata` must be an AnnData; got {described(adata)}.")
    text(name, "column")
    if name not in adata.obs:
        raise UnknownNameError(
            f"`adata.obs` has no column '{name}'; it has {quoted(nearest(name, adata.obs))}."
        )
    column: pd.Series = adata.obs[name]
    return column


def group_list(groups: Any) -> list[Any]:
    """One group, or several, as a list."""
    one = isinstance(groups, str | bytes | Mapping) or not isinstance(groups, Iterable)
    if one or (isinstance(groups, np.ndarray) and groups.ndim == 0):
        return [groups.item() if isinstance(groups, np.ndarray) else groups]
    return list(groups)


def group_design(adata: Any, column: str, baseline: object, paired_by: str | None) -> pd.DataFrame:
    """Design of groups, and of the pairs that their samples belong to."""
    text(column, "column")
    names = [name for name in (paired_by, column) if name is not None]
    for name in names:
        check_labels(column_of(adata, name), adata.obs_names, name)
    obs = pd.DataFrame({name: _as_groups(column_of(adata, name)) for name in names})
    groups = obs[column].cat.categories
    if find_level(baseline, list(groups)) is None:
        raise DesignError(
            f"`baseline` '{baseline}' is not a group of '{column}', which has "
            f"{quoted(nearest(baseline, groups))}."
        )
    formula = "~ " + " + ".join(f"`{name}`" for name in names)
    return model_matrix(formula, obs, reference={column: baseline})


def _as_groups(column: pd.Series) -> pd.Series:
    """Values of any type as groups, missing ones as they are."""
    text = column.astype(object).map(level_text, na_action="ignore")
    levels = sorted_names(text.dropna())
    return pd.Series(pd.Categorical(text, levels), index=column.index)


def are_counts(data: Expression) -> bool:
    """Whether values are counts, none negative and some large: whole numbers, or estimates.

    Estimated counts are fractional where reads were shared between genes, so that many of them
    are whole numbers; intensities and TPM hardly ever are.
    """
    some = np.asarray(data.matrix[:_FEW])
    some = some[np.isfinite(some)]
    if not ((some >= 0).all() and some.max(initial=0.0) > _LARGE):
        return False
    seen = some[some > 0]
    whole = float((seen == np.rint(seen)).mean())
    if whole == 1 or whole < _ESTIMATES or seen.max() < _NO_LOGARITHM:
        return whole == 1
    warn(
        f"The values are not whole numbers ({whole:.0%} are) and reach {seen.max():g}; they are "
        f"taken as estimated counts. `fit(counts=False)` fits them as they are.",
        Note,
    )
    return True


def scaled_libraries(adata: Any, layer: str | None, normalization: Any) -> pd.Series:
    """Library sizes of an AnnData times their normalisation factors."""
    check_choice(normalization, get_args(ScalingMethod), "normalization")
    counts = parse_valid_counts(adata, layer=layer, argument="adata")
    factors = norm_lib_sizes(adata, method=normalization, layer=layer)
    return pd.Series(parse_lib_size(counts) * np.asarray(factors), index=counts.sample_names)


def named(contrasts: Any, design: Design) -> Any:
    """Contrasts as they are, except that a plain vector gets the names of the coefficients."""
    plain = isinstance(contrasts, np.ndarray) and contrasts.ndim == 1
    if isinstance(contrasts, list):
        plain = all(isinstance(weight, int | float | np.number) for weight in contrasts)
    if plain and len(contrasts) == design.n_coefs:
        array = np.asarray(contrasts)
        if array.dtype.kind in "iuf":
            return pd.Series(array, index=design.names)
    return contrasts
