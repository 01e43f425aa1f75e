"""What a formula makes of covariates: functions such as log(dose), curves such as ns(age, 3)."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from pylimma.containers.names import INTERCEPT
from pylimma.design.formula.calls import Block
from pylimma.design.formula.model import FormulaModel
from pylimma.design.formula.parser import Name, parse_arithmetic
from pylimma.design.formula.variables import Evaluator, names_in
from pylimma.errors import DesignError


def is_curve(model: FormulaModel, variable: str) -> bool:
    """Whether a variable is a curve, with columns that say nothing one by one."""
    return _kind(model, variable) is Block


def functions_of(model: FormulaModel, covariate: str) -> list[str]:
    """Functions of a covariate in the formula, itself excepted."""
    return [
        variable
        for variable in _parts(model)
        if variable.strip("`") != covariate and _columns(model, variable) == [covariate]
    ]


@lru_cache(maxsize=16)  # all contrasts of a fit ask for the same
def with_plain_covariates(model: FormulaModel) -> FormulaModel | None:
    """The model with each function of a covariate as a covariate of its own; None without any."""
    made = [v for v in _parts(model) if _is_function(model, v)]
    if not made:
        return None
    plain = {variable: str(Name(variable)) for variable in made}
    terms = [
        ":".join(plain.get(part, part) for part in term.split(":"))
        for term in model.terms
        if term != INTERCEPT
    ]
    kept = (part for part in [*_parts(model), *model.codings] if part not in plain)
    used = {name for part in kept for name in _columns(model, part)}
    columns = {name: about for name, about in model.columns.items() if name in used}
    columns |= {variable: {"kind": "numeric", "baseline": 0.0} for variable in made}
    start = "1" if INTERCEPT in model.terms else "0"
    renamed = {
        ":".join(plain.get(part, part) for part in term.split(":")): positions
        for term, positions in model.terms.items()
    }
    found = replace(
        model, formula=f"~ {' + '.join([start, *terms])}", columns=columns, terms=renamed
    )
    try:
        return found if len(found.cond()) == len(model.names) else None
    except (DesignError, ValueError):
        return None


def _is_function(model: FormulaModel, variable: str) -> bool:
    """Whether a variable is a number that is made of one covariate."""
    names = _columns(model, variable)
    plain = len(names) == 1 and variable.strip("`") == names[0]
    return len(names) == 1 and not plain and _kind(model, variable) is np.ndarray


def _parts(model: FormulaModel) -> list[str]:
    """Variables of the formula that are not coded as factors."""
    parts = (part for term in model.terms if term != INTERCEPT for part in term.split(":"))
    return [part for part in dict.fromkeys(parts) if part not in model.codings]


def _columns(model: FormulaModel, variable: str) -> list[str]:
    try:
        return [name for name in names_in(parse_arithmetic(variable)) if name in model.columns]
    except DesignError:  # a name with signs, which only backticks would make readable
        return []


def _kind(model: FormulaModel, variable: str) -> type | None:
    """Type of the value of a variable, where its columns are numbers."""
    names = _columns(model, variable)
    if not names or any(model.columns[name]["kind"] != "numeric" for name in names):
        return None
    data = {name: np.array([float(model.columns[name]["baseline"])]) for name in names}
    try:
        return type(Evaluator(data, 1, dict(model.memory)).value(parse_arithmetic(variable)))
    except DesignError:
        return None
