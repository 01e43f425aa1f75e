"""Contrasts of a fit in every form that they are given in, as columns of weights.

A text is parsed; ``(factor, level, base)`` compares two levels of a factor; a Series holds weights
by coefficient, such as the difference of two conditions. Several of these come in a list, or in a
mapping of names. Tables and arrays are weights already.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import numbers
from pylimma.containers.fit import MArrayLM
from pylimma.containers.names import names_of
from pylimma.design.contrasts.description import contrast_text
from pylimma.design.contrasts.level_reader import LevelReader, level_reader, order_of_rows
from pylimma.design.formula.levels import as_float, find_level, level_text
from pylimma.design.formula.model import FormulaModel
from pylimma.design.formula.parser import Name
from pylimma.errors import DesignError, ShapeError, quoted

_TRIPLE = 3


def contrast_columns(contrasts: Any, fit: MArrayLM) -> Any:
    """Contrasts as a table with a name for each; tables and arrays as they are."""
    if isinstance(contrasts, pd.Series) and all(isinstance(form, str) for form in contrasts):
        contrasts = dict(contrasts)
    if isinstance(contrasts, Mapping):
        forms = _FormReader(fit)
        columns = {name: forms.column(form)[1] for name, form in contrasts.items()}
        return _side_by_side(columns, fit)
    description = FormulaModel.read(fit)
    if isinstance(contrasts, str | pd.Series) or _is_triple(contrasts, description):
        name, column = _FormReader(fit).column(contrasts)
        return _side_by_side({name: column}, fit)
    kind = getattr(getattr(contrasts, "dtype", None), "kind", "")
    several = isinstance(contrasts, list | tuple) or (
        kind in ("O", "U") and np.ndim(contrasts) == 1
    )
    if several and any(_is_stated(form, description) for form in contrasts):
        forms = _FormReader(fit)
        return _side_by_side(dict(forms.column(form) for form in contrasts), fit)
    return contrasts


def stated_forms(contrasts: Any, fit: MArrayLM) -> dict[int, tuple[Any, Any]]:
    """Name and form of each contrast that is not a column of a table or array."""
    description = FormulaModel.read(fit)
    if isinstance(contrasts, pd.Series) and all(isinstance(form, str) for form in contrasts):
        contrasts = dict(contrasts)
    if isinstance(contrasts, Mapping):
        return dict(enumerate(contrasts.items()))
    if isinstance(contrasts, pd.DataFrame):
        return {k: (name, None) for k, name in enumerate(contrasts.columns)}
    if isinstance(contrasts, str | pd.Series) or _is_triple(contrasts, description):
        contrasts = [contrasts]
    kind = getattr(getattr(contrasts, "dtype", None), "kind", "")
    if isinstance(contrasts, list | tuple) or (kind in ("O", "U") and np.ndim(contrasts) == 1):
        stated = any(_is_stated(form, description) for form in contrasts)
        return {k: (_label(form, k), form) for k, form in enumerate(contrasts)} if stated else {}
    return {}


def _label(form: Any, position: int) -> Any:
    if isinstance(form, pd.Series):
        return form.name if isinstance(form.name, str) else position
    return form if isinstance(form, str) else position


def _is_stated(form: Any, description: FormulaModel | None) -> bool:
    return isinstance(form, str | pd.Series) or _is_triple(form, description)


def _is_triple(form: Any, description: FormulaModel | None) -> bool:
    """Whether this is a factor with two of its levels, rather than three expressions."""
    if description is None or not isinstance(form, list | tuple) or len(form) != _TRIPLE:
        return False
    factor, *levels = form
    if not isinstance(factor, str) or factor not in description.columns:
        return False
    if not description.is_factor(factor):
        return _is_number(factor, levels, description)
    about = description.columns[factor]
    known = list(map(level_text, about.get("levels", about.get("values", []))))
    named = [level for level in levels if find_level(level, known) is not None]
    return bool(named) or factor not in description.aliases


def _is_number(covariate: str, levels: list[Any], description: FormulaModel) -> bool:
    """Raise if two values of a covariate are compared as if they were levels."""
    texts = [level for level in levels if isinstance(level, str) and level.strip()]
    if any(as_float(text) is None for text in texts):
        return False  # three expressions
    raise DesignError(
        f"'{covariate}' is a number in the formula '{description.formula}', without levels to "
        f"compare {quoted(levels)}: name its coefficient, '{Name(covariate)}', or give "
        f"cond({covariate}=10) - cond({covariate}=0)."
    )


class _FormReader:
    """Contrasts of any form for one fit, whose names are looked at once."""

    def __init__(self, fit: MArrayLM) -> None:
        self.description, self.coefs = FormulaModel.read(fit), fit.names("coefs")

    @cached_property
    def levels(self) -> LevelReader:
        """The reader of text."""
        if self.coefs is None:
            raise DesignError("Contrasts as text need a fit whose coefficients have names.")
        return level_reader(list(self.coefs) if self.description is None else self.description)

    def column(self, form: Any) -> tuple[str, Any]:
        """Name and weights of one contrast."""
        if isinstance(form, str):
            return form, self.levels.weights(form)
        if self.description is not None and _is_triple(form, self.description):
            factor, level, base = form
            return f"{level} - {base}", self.description.contrast(factor, base, level)
        if isinstance(form, pd.Series):
            names = [str(name) for name in form.index]
            if isinstance(form.name, str):
                return form.name, form
            return contrast_text(form.to_numpy(dtype=float), names), form
        return "contrast", form


def _side_by_side(columns: dict[str, Any], fit: MArrayLM) -> pd.DataFrame:
    """One table of all contrasts, with rows in the order of the coefficients."""
    coefs = fit.names("coefs")
    index = pd.RangeIndex(fit.shape[1]) if coefs is None else coefs
    aligned = {}
    for name, column in columns.items():
        labelled = isinstance(column, pd.Series) and coefs is not None
        array = numbers(_ordered(column, fit) if labelled else column, "contrasts").ravel()
        if len(array) != len(index):
            raise ShapeError(
                f"Contrast '{name}' has {len(array)} weights; the fit has {len(index)} "
                "coefficients."
            )
        aligned[name] = array
    return pd.DataFrame(aligned, index=index)


def _ordered(column: pd.Series, fit: MArrayLM) -> pd.DataFrame:
    ordered = in_order(column.to_frame(), fit)
    if ordered is None:
        raise DesignError(
            f"The contrast is labelled {quoted(column.index)}, which are not the coefficients of "
            f"the fit: {quoted(fit.col_names if fit.col_names is not None else [])}."
        )
    return ordered


def in_order(contrasts: pd.DataFrame, fit: MArrayLM) -> pd.DataFrame | None:
    """Contrasts with rows in the order of the coefficients; None if the rows have other names."""
    coefs, rows = fit.names("coefs"), names_of(contrasts.index)
    if coefs is None or rows is None or len(rows) != len(coefs):
        return contrasts
    order = order_of_rows(rows, list(coefs), FormulaModel.read(fit))
    if order is not None:
        return contrasts.iloc[order]
    if len(set(map(str, coefs))) < len(coefs):  # names that repeat cannot be matched
        return contrasts
    return None
