"""Families of contrasts, and contrasts in words."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pylimma.design.contrasts import level_names
from pylimma.design.formulas import number_text
from pylimma.errors import DesignError, ShapeError, nearest, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pylimma.typing import FloatArray

_TOLERANCE = 1e-8  # weights that differ by less are the same


def all_pairs(levels: Any) -> pd.DataFrame:
    """Contrasts of every level with every earlier one.

    Parameters
    ----------
    levels : DataFrame, Categorical, or sequence of str
        As in `make_contrasts`: names of groups, of which each has a coefficient.

    Returns
    -------
    DataFrame of shape (levels, pairs)
        Columns such as ``B-A``, in the order of the levels.

    Raises
    ------
    DesignError
        If there are fewer than two levels.

    See Also
    --------
    against_control : Each level against one.
    against_rest : Each level against the mean of all others.

    Examples
    --------
    >>> import pylimma as pl
    >>> pl.all_pairs(["A", "B", "C"]).columns.tolist()
    ['B-A', 'C-A', 'C-B']
    """
    names = _several(levels)
    units = np.eye(len(names))
    pairs = list(combinations(range(len(names)), 2))
    return _frame({f"{names[b]}-{names[a]}": units[b] - units[a] for a, b in pairs}, names)


def against_control(
    levels: Any,
    control: str,
) -> pd.DataFrame:
    """Contrasts of every level with a control.

    Parameters
    ----------
    levels : DataFrame, Categorical, or sequence of str
        As in `make_contrasts`: names of groups, of which each has a coefficient.
    control : str
        The level with which the others are compared.

    Returns
    -------
    DataFrame of shape (levels, levels - 1)
        Columns such as ``B-control``.

    Raises
    ------
    DesignError
        If there are fewer than two levels, or the control is none of them.

    See Also
    --------
    all_pairs : Every level against every other.

    Examples
    --------
    >>> import pylimma as pl
    >>> pl.against_control(["A", "B", "ctl"], "ctl").columns.tolist()
    ['A-ctl', 'B-ctl']
    """
    names = _several(levels)
    if control not in names:
        raise DesignError(
            f"`control` '{control}' is no level; there are {quoted(nearest(control, names))}."
        )
    units = np.eye(len(names))
    base = names.index(control)
    others = [k for k in range(len(names)) if k != base]
    return _frame({f"{names[k]}-{control}": units[k] - units[base] for k in others}, names)


def against_rest(levels: Any) -> pd.DataFrame:
    """Contrasts of every level with the mean of all others.

    Parameters
    ----------
    levels : DataFrame, Categorical, or sequence of str
        As in `make_contrasts`: names of groups, of which each has a coefficient.

    Returns
    -------
    DataFrame of shape (levels, levels)
        Columns such as ``A-rest``, which add up to zero.

    Raises
    ------
    DesignError
        If there are fewer than two levels.

    See Also
    --------
    all_pairs : Every level against every other.

    Examples
    --------
    >>> import pylimma as pl
    >>> pl.against_rest(["A", "B", "C"])
       A-rest  B-rest  C-rest
    A     1.0    -0.5    -0.5
    B    -0.5     1.0    -0.5
    C    -0.5    -0.5     1.0
    """
    names = _several(levels)
    n_others = len(names) - 1
    weights = np.eye(len(names)) * (1 + 1 / n_others) - 1 / n_others
    return _frame({f"{name}-rest": w for name, w in zip(names, weights, strict=True)}, names)


def describe_contrast(
    vector: Any,
    names: Iterable[str] | None = None,
) -> str:
    """What a positive log fold change of a contrast means, in words.

    Parameters
    ----------
    vector : array or Series of shape (coefs,)
        The weights.
    names : sequence of str, optional
        Names of the coefficients; by default the index of a Series.

    Returns
    -------
    str
        One clause, without a full stop.

    Raises
    ------
    DesignError
        If all weights are zero or some are not finite, or names are lacking.
    ShapeError
        If there are more or fewer names than weights.

    See Also
    --------
    make_contrasts : Contrasts as text.

    Examples
    --------
    >>> import pylimma as pl
    >>> pl.describe_contrast([-1, 1, 0], ["control", "treated", "other"])
    'positive log fold change means higher in treated than in control'
    """
    if names is None and isinstance(vector, pd.Series | Mapping):
        names = list(vector.keys())
    if names is None:
        raise DesignError("`names` of the coefficients are needed for a contrast without names.")
    labels = [str(name) for name in names]
    weights = np.asarray(
        list(vector.values()) if isinstance(vector, Mapping) else vector, dtype=np.float64
    )
    if weights.shape != (len(labels),):
        raise ShapeError(
            f"The contrast has shape {weights.shape} and there are {len(labels)} names."
        )
    if not np.isfinite(weights).all() or not weights.any():
        raise DesignError("The contrast is all zero or has missing weights, and compares nothing.")
    above, below = _side(weights, labels), _side(-weights, labels)
    start = "positive log fold change means"
    if above and below:
        return f"{start} higher in {above} than in {below}"
    side = above or below
    return f"{start} that {side} is {'above' if above else 'below'} zero"


def _several(levels: object) -> list[str]:
    names = level_names(levels)
    if len(set(names)) < 2:  # noqa: PLR2004 - a comparison needs two
        raise DesignError(f"A comparison needs two levels; got {quoted(names)}.")
    return names


def _frame(columns: dict[str, FloatArray], names: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns, index=names)


def _side(weights: FloatArray, names: list[str]) -> str:
    """The coefficients of one sign as a phrase, a mean where their weights are alike."""
    chosen = [
        (name, float(weight)) for name, weight in zip(names, weights, strict=True) if weight > 0
    ]
    alike = all(abs(weight - chosen[0][1]) < _TOLERANCE for _, weight in chosen)
    total = sum(weight for _, weight in chosen)
    if len(chosen) > 1 and alike and abs(total - 1) < _TOLERANCE:
        return f"the mean of {_listed([name for name, _ in chosen])}"
    return " + ".join(
        name if abs(weight - 1) < _TOLERANCE else f"{number_text(round(weight, 4))} × {name}"
        for name, weight in chosen
    )


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
