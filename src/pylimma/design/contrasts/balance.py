r"""Contrasts of means whose weights do not add up to zero, and so compare nothing.

Such a contrast tests whether genes are expressed at all. With :math:`X\gamma = 1` a shift of all
values by :math:`a` moves the coefficients by :math:`a\gamma` and a contrast :math:`c` by
:math:`a\,c^T\gamma`, which is zero for comparisons.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pylimma.arguments import plain_array
from pylimma.containers.fit import MArrayLM
from pylimma.containers.names import INTERCEPTS
from pylimma.design.contrasts.forms import contrast_columns, stated_forms
from pylimma.design.formula.model import FormulaModel
from pylimma.design.formula.parser import Name, names_in_text
from pylimma.errors import DesignError
from pylimma.typing import FloatArray

_CENTRED = 0.1  # of the distance of the quartiles: a median that is zero but for chance
_LOG_RATIOS = (
    " If the values are log-ratios to a common reference, give them as an MAList: their means are "
    "comparisons."
)
_ROUNDING = 1e-9  # of what is added up: smaller sums are rounding errors


def check_comparisons(contrasts: Any, fit: MArrayLM) -> Any:
    """The contrasts as columns of weights; an error if one of means does not add up to zero."""
    columns = contrast_columns(contrasts, fit)
    matrix = plain_array(columns, "contrasts")
    if matrix.dtype.kind not in "iuf":
        return columns
    matrix = matrix[:, None] if matrix.ndim == 1 else matrix
    if matrix.ndim == 2 and len(matrix) == fit.shape[1] and np.isfinite(matrix).all():
        found = unbalanced(contrasts, matrix.astype(float), fit)
        if found:
            raise DesignError(found[0])
    return columns


def unbalanced(contrasts: Any, matrix: FloatArray, fit: MArrayLM) -> list[str]:
    """What is wrong with each contrast of means whose weights do not add up to zero."""
    shift = _shift_of_coefficients(fit)
    if shift is None or len(shift) != len(matrix):
        return []
    sums = shift @ matrix
    size = np.abs(shift) @ np.abs(matrix)
    forms = stated_forms(contrasts, fit)
    model = FormulaModel.read(fit)
    wrong = [
        k
        for k in np.flatnonzero(np.abs(sums) > _ROUNDING * size).tolist()
        if not _is_coefficient(matrix[:, k], forms.get(k), fit)
    ]
    pair, ratios = _pair(forms, wrong), _LOG_RATIOS if _about_zero(fit) else ""
    messages = [_message(forms.get(k, (k, None)), float(sums[k]), model, pair) for k in wrong]
    return [message + ratios for message in messages]


def _about_zero(fit: MArrayLM) -> bool:
    """Whether values lie about zero, as log-ratios do, and logarithms of expression do not."""
    if "Amean" not in fit:
        return False
    known = fit["Amean"][np.isfinite(fit["Amean"])]
    if known.size == 0:
        return False
    low, middle, high = np.quantile(known, [0.25, 0.5, 0.75])
    return bool(low < 0 < high and abs(middle) < _CENTRED * (high - low))


def _shift_of_coefficients(fit: MArrayLM) -> FloatArray | None:
    """What the coefficients change by when all values rise by one; None if no model can tell."""
    if "contrasts" in fit or "design" not in fit or "log_ratios" in fit:
        return None
    design = np.asarray(fit["design"], dtype=float)
    kept = np.sort(fit.estimable)
    constant = [k for k in kept.tolist() if (design[:, k] == 1).all()]
    if constant:
        return np.eye(design.shape[1])[constant[0]]
    ones = np.ones(len(design))
    norms = np.maximum(np.linalg.norm(design[:, kept], axis=0), 1e-300)
    shift = np.zeros(design.shape[1])
    shift[kept] = np.linalg.lstsq(design[:, kept] / norms, ones, rcond=None)[0] / norms
    within = np.allclose(design @ shift, ones, atol=1e-8)
    shift[np.abs(shift) < 1e-9 * np.abs(shift).max(initial=0.0)] = 0.0
    return shift if within else None


def _is_coefficient(weights: FloatArray, form: tuple[Any, Any] | None, fit: MArrayLM) -> bool:
    """Whether exactly one coefficient is tested, by its own name where it is named."""
    if np.count_nonzero(weights) != 1 or weights.sum() != 1:
        return False
    text = None if form is None else form[1]
    if not isinstance(text, str):
        return True
    model, coefs = FormulaModel.read(fit), fit.names("coefs")
    names = set() if coefs is None else set(map(str, coefs))
    names |= set() if model is None else {*model.names, *model.bracket_names}
    names |= set(INTERCEPTS) if names & set(INTERCEPTS) else set()
    levels = set() if model is None else _levels(model)
    if text.strip().strip("`") in names:
        return True
    named = names_in_text(text)
    return len(named) == 1 and named[0] not in levels


def _levels(model: FormulaModel) -> set[str]:
    return {str(x) for about in model.columns.values() for x in about.get("levels", ())}


def _pair(forms: Mapping[int, tuple[Any, Any]], wrong: list[int]) -> str | None:
    """The difference that was meant where a list holds two levels."""
    texts = [forms[k][1] for k in wrong if k in forms]
    two = len(wrong) == len(forms) == len(texts) == 2
    return f"{texts[0]} - {texts[1]}" if two and all(isinstance(t, str) for t in texts) else None


def _message(
    form: tuple[Any, Any], total: float, model: FormulaModel | None, pair: str | None
) -> str:
    name, text = form
    label = f"'{name}'" if isinstance(name, str) else str(name)
    return (
        f"Contrast {label} is not a comparison: its weights add up to {total:.4g} rather than 0, "
        "so that it tests whether genes are expressed at all. "
        f"{_advice(text, model, pair)}"
    )


def _differences(model: FormulaModel) -> dict[str, str]:
    """What each coefficient of a factor is the difference of, by both of its names."""
    return {
        name: f"{Name(level)} - {Name(reference)}"
        for factor, reference in model.compared_with.items()
        for level in map(str, model.columns[factor].get("levels", ()))
        for name in (f"{factor}{level}", f"{factor}[T.{level}]")
    }


def _another_level(model: FormulaModel, level: str) -> str | None:
    """A level of the same factor, the reference if possible."""
    for about in model.columns.values():
        levels = [str(x) for x in about.get("levels", ())]
        if level in levels and len(levels) > 1:
            baseline = str(about["baseline"])
            return baseline if baseline != level else next(x for x in levels if x != level)
    return None


def _advice(text: Any, model: FormulaModel | None, pair: str | None) -> str:
    if pair is not None:
        return f"The difference of the two is '{pair}'."
    named = names_in_text(text) if isinstance(text, str) else []
    if model is not None:
        differences = _differences(model)
        for name in named if len(named) > 1 else []:
            if name in differences:
                return (
                    f"'{name}' is the difference '{differences[name]}' already: name it alone, or "
                    "compare levels."
                )
        if len(named) == 1 and (other := _another_level(model, named[0])) is not None:
            return f"Compare it with another, as in '{Name(named[0])} - {Name(other)}'."
    return "What is added and what is subtracted must balance, as in '(B + C)/2 - A'."
