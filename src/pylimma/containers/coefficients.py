"""Coefficients of a fit by any of their names, and in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from pylimma.arguments import plain_array
from pylimma.containers.components import Components
from pylimma.containers.names import positions
from pylimma.errors import InputError, UnknownNameError, quoted
from pylimma.typing import IntArray

_MOST_IN_REPR = 12  # coefficients beyond which the words would hide the rest


def coefficient_positions(key: Any, fit: Components) -> Any:
    """Positions of the coefficients that a name, term, position or several of these stand for."""
    names, size = fit.names("coefs"), fit.shape[1]
    texts = [key] if isinstance(key, str) else key
    several = isinstance(texts, list | tuple) or getattr(texts, "ndim", 0) > 0
    if not several or not any(isinstance(text, str) for text in texts):
        return positions(key, size, names, "coefficients")
    found: list[int] = []
    for text in texts:
        place = _by_description(text, fit) if isinstance(text, str) else None
        if place is None:
            place = positions(text, size, names, "coefficients")
        found.extend(np.arange(size)[place].tolist())
    return np.array(found, dtype=np.intp)


def chosen_coefficients(key: Any, fit: Components, argument: str) -> IntArray:
    """Positions of one or more coefficients, which count from 0 and never from the end."""
    chosen = [*key] if isinstance(key, list | tuple) else np.ravel(plain_array(key, argument))
    below = [k for k in chosen if isinstance(k, int | float | np.number) and k < 0]
    if below:
        raise InputError(
            f"`{argument}` counts from 0, not from the end; got {below[0]}. "
            f"The fit has {quoted(coefficient_labels(fit))}."
        )
    place: IntArray = np.arange(fit.shape[1])[coefficient_positions(key, fit)]
    if place.size == 0:
        raise InputError(f"`{argument}` chooses no coefficient.")
    return place


def _by_description(text: str, fit: Components) -> IntArray | None:
    """Positions of a term, or of a coefficient in the other spelling; None if it is neither."""
    names, description = fit.names("coefs"), fit.get("description")
    if description is None or names is None or text in set(map(str, names)):
        return None
    if text in description.aliases:
        wanted = [description.aliases[text]]
    else:
        try:
            wanted = description.columns_of(text)
        except UnknownNameError:
            return None
    place = _columns_in(wanted, fit)
    if len(place) < len(wanted):
        if "contrasts" in fit and not place:
            return None
        raise UnknownNameError(
            f"Not all columns of the term '{text}' are in this fit; it has {quoted(names)}."
        )
    return np.array(place, dtype=np.intp)


def _columns_in(wanted: list[int], fit: Components) -> list[int]:
    """Where columns of the design are among the coefficients, which may be contrasts."""
    if "contrasts" not in fit:
        return wanted
    units = np.eye(len(fit["contrasts"]))
    found = []
    for column in wanted:
        same = np.flatnonzero((fit["contrasts"] == units[:, [column]]).all(axis=0))
        found.extend(same[:1].tolist())
    return found


def coefficient_labels(fit: Components) -> list[str]:
    """Names of all coefficients; Coef1, Coef2, … where there are none."""
    names = fit.names("coefs")
    return [f"Coef{k + 1}" for k in range(fit.shape[1])] if names is None else list(map(str, names))


def meaning_of(fit: Components, coef: int) -> str | None:
    """What a positive log fold change of a coefficient means, as far as the design tells."""
    description = fit.get("description")
    if description is None:
        return None
    weights = fit["contrasts"][:, coef] if "contrasts" in fit else np.eye(fit.shape[1])[coef]
    if len(weights) != len(description.coefficients):
        return None
    meaning: str = description.meaning(weights)
    return meaning


def in_words(fit: Components, most: int | None = None) -> list[str]:
    """Lines that say what a fit is about."""
    description = fit.get("description")
    if description is None:
        return []
    lines = [f"Model: {description.formula}"] if description.formula else []
    levels = [f"{name} {level}" for name, level in description.compared_with.items()]
    if levels:
        lines.append(f"Reference levels: {', '.join(levels)}")
    names = [str(name) for name in fit.frame().columns]
    if fit.shape[1] > (_MOST_IN_REPR if most is None else most):
        return lines
    words = [meaning_of(fit, coef) for coef in range(fit.shape[1])]
    return lines + [f"{n}: {w}" for n, w in zip(names, words, strict=True) if w is not None]
