"""Families of contrasts: every pair, each against a control, each against the rest."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
import pandas as pd

from pylimma.arguments import sequence
from pylimma.containers.components import Components
from pylimma.design.contrasts.level_reader import LevelsLike, level_names
from pylimma.design.formula.model import FormulaModel
from pylimma.errors import DesignError, StageError, nearest, quoted


def all_pairs(levels: LevelsLike, by: str | Sequence[str] | None = None) -> pd.DataFrame:
    """Contrasts of every level with every earlier one.

    Parameters
    ----------
    levels : MArrayLM, DataFrame, Categorical, or sequence of str
        A fit or a design with a formula, whose factor `by` is compared whatever its coding; or
        names of groups that have a coefficient each, as in `make_contrasts`.
    by : str or sequence of str, optional
        Factor of the formula, or several whose combinations are compared; by default the only
        factor. Other factors are at their reference level.

    Returns
    -------
    DataFrame of shape (coefs, pairs)
        Columns such as ``B-A``, in the order of the levels.

    Raises
    ------
    DesignError
        If there are fewer than two levels, no such factor, or several to choose from.
    StageError
        If the coefficients of the fit are contrasts already.

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
    groups = _groups(levels, by)
    pairs = list(combinations(groups.columns, 2))
    return pd.DataFrame({f"{b}-{a}": groups[b] - groups[a] for a, b in pairs})


def against_control(
    levels: LevelsLike, control: str | None = None, by: str | Sequence[str] | None = None
) -> pd.DataFrame:
    """Contrasts of every level with a control.

    Parameters
    ----------
    levels : MArrayLM, DataFrame, Categorical, or sequence of str
        A fit or a design with a formula, or names of groups; as in `all_pairs`.
    control : str, optional
        The level that the others are compared with; by default the reference level of the factor.
    by : str or sequence of str, optional
        Factor of the formula, as in `all_pairs`.

    Returns
    -------
    DataFrame of shape (coefs, levels - 1)
        Columns such as ``B-control``.

    Raises
    ------
    DesignError
        If there are fewer than two levels, or `control` is not one of them.
    StageError
        If the coefficients of the fit are contrasts already.

    See Also
    --------
    all_pairs : Every level against every other.

    Examples
    --------
    >>> import pylimma as pl
    >>> pl.against_control(["A", "B", "ctl"], "ctl").columns.tolist()
    ['A-ctl', 'B-ctl']
    """
    groups = _groups(levels, by)
    if control is None:
        if _model(levels) is None:
            raise DesignError(
                f"`control` must name the one of {quoted(groups.columns)} that the others are "
                "compared with."
            )
        model, factors = _model(levels), _factors(_model(levels), by)  # type: ignore[arg-type]
        control = ":".join(model.references[name] for name in factors)  # type: ignore[union-attr]
    control = str(control)
    if control not in groups.columns:
        raise DesignError(
            f"`control` '{control}' is not a level; there are "
            f"{quoted(nearest(control, groups.columns))}."
        )
    others = [name for name in groups.columns if name != control]
    return pd.DataFrame({f"{name}-{control}": groups[name] - groups[control] for name in others})


def against_rest(levels: LevelsLike, by: str | Sequence[str] | None = None) -> pd.DataFrame:
    """Contrasts of every level with the mean of all others.

    Parameters
    ----------
    levels : MArrayLM, DataFrame, Categorical, or sequence of str
        A fit or a design with a formula, or names of groups; as in `all_pairs`.
    by : str or sequence of str, optional
        Factor of the formula, as in `all_pairs`.

    Returns
    -------
    DataFrame of shape (coefs, levels)
        Columns such as ``A-rest``, which add up to zero.

    Raises
    ------
    DesignError
        If there are fewer than two levels, no such factor, or several to choose from.
    StageError
        If the coefficients of the fit are contrasts already.

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
    groups = _groups(levels, by)
    total, n_others = groups.sum(axis=1), groups.shape[1] - 1
    rest = {name: (total - groups[name]) / n_others for name in groups.columns}
    return pd.DataFrame({f"{name}-rest": groups[name] - rest[name] for name in groups.columns})


def _groups(levels: LevelsLike, by: str | Sequence[str] | None) -> pd.DataFrame:
    """What is compared, as columns of weights of the coefficients."""
    model = _model(levels)
    if model is None:
        if by is not None:
            raise DesignError("`by` names a factor of a formula, and there is no formula.")
        coefs = level_names(levels)
        groups = pd.DataFrame(np.eye(len(coefs)), index=coefs, columns=coefs)
    else:
        groups = _conditions(model, _factors(model, by))
    if len(set(groups.columns)) < 2:
        raise DesignError(f"A comparison needs two levels; got {quoted(groups.columns)}.")
    return groups


def _model(levels: LevelsLike) -> FormulaModel | None:
    """The formula of a fit or design, if it has factors."""
    if isinstance(levels, Components) and "contrasts" in levels:
        raise StageError(
            "The coefficients of this fit are contrasts already; give the fit from before "
            "`contrasts_fit`."
        )
    model = FormulaModel.read(levels)
    return model if model is not None and model.references else None


def _factors(model: FormulaModel, by: str | Sequence[str] | None) -> list[str]:
    known = list(model.references)
    if by is None:
        if len(known) > 1:
            raise DesignError(f"The design has several factors; say which: by='{known[0]}'.")
        return known
    wanted = [by] if isinstance(by, str) else list(map(str, sequence(by, "by")))
    for name in wanted:
        if name not in known:
            raise DesignError(
                f"`by` names '{name}', which is not a factor of the design; it has "
                f"{quoted(nearest(name, known))}."
            )
    return wanted


def _conditions(model: FormulaModel, factors: list[str]) -> pd.DataFrame:
    """Weights of every combination of levels of some factors."""
    choices = [model.columns[name]["levels"] for name in factors]
    return pd.DataFrame(
        {
            ":".join(cell): model.cond(**dict(zip(factors, cell, strict=True)))
            for cell in product(*choices)
        }
    )
