"""Contrasts: comparisons between the coefficients of a model, as columns of weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from pylimma.design.contrasts.level_reader import LevelsLike, level_reader
from pylimma.errors import (
    DesignError,
    InputTypeError,
    InputWarning,
    Note,
    quoted,
    warn,
)


def make_contrasts(
    *expressions: str | Iterable[str] | Mapping[str, str],
    contrasts: str | Iterable[str] | Mapping[str, str] | None = None,
    levels: LevelsLike | None = None,
    **named: str,
) -> pd.DataFrame:
    r"""Contrast matrix of comparisons written as text, such as ``"B - A"``.

    Parameters
    ----------
    *expressions : str
        Linear combinations of the levels with ``+``, ``-``, numbers to multiply with or divide
        by, and parentheses: ``"(B + C)/2 - A"``. Names that are not words, such as ``2h``, are
        quoted with backticks. The text is parsed and never evaluated by Python.
    contrasts : str, sequence, mapping or Series of str, optional
        The same as one argument; a mapping or a Series with text index names the contrasts.
    levels : DataFrame, MArrayLM, Categorical, or sequence of str
        What the contrasts are between: the columns of a design, the coefficients of a fit, the
        categories of a factor, or names. For a design from `model_matrix`, coefficients may be
        written as ``groupB`` or ``group[T.B]``, and levels of factors by their names alone:
        ``B - A`` whatever the coding, ``B:x`` for a level of each of two factors. Factors that
        are not named are at their reference level. The names that R's ``make.names`` gives to
        coefficients, such as ``groupB.timeT2``, are read too.
    **named : str
        Contrasts with names of your own: ``treated="B - A"``.

    Returns
    -------
    DataFrame of shape (levels, contrasts)
        The weights. The coefficient "(Intercept)" is named "Intercept".

    Raises
    ------
    DesignError
        If an expression cannot be parsed, names an unknown level, or holds a constant, a product
        of levels or a call; if without backticks it also spells a level, as ``A+B - A`` does
        where a level is called ``A+B``; if contrasts are given in both ways, or none is given; if
        `levels` repeats a name.
    InputTypeError
        If `levels` or a contrast is of a type that cannot be read.

    Warns
    -----
    InputWarning
        If all weights of a contrast are zero.
    Note
        If "(Intercept)" is renamed.

    See Also
    --------
    all_pairs, against_control, against_rest : Whole families of contrasts.
    describe_contrast : A contrast in words.
    contrast_as_coef : A design in which contrasts are coefficients.

    Notes
    -----
    Each level stands for its unit vector, so that the contrast :math:`\sum_j c_j \beta_j` becomes
    the column :math:`c`.

    Examples
    --------
    >>> import pylimma as pl
    >>> pl.make_contrasts("B - A", both="(B + C)/2 - A", levels=["A", "B", "C"])
       B - A  both
    A   -1.0  -1.0
    B    1.0   0.5
    C    0.0   0.5
    """
    texts = _contrast_texts(expressions, contrasts, named)
    reader = level_reader(levels)
    if reader.renamed:
        warn("The coefficient '(Intercept)' is called 'Intercept' in contrasts.", Note)
    columns = [reader.weights(text) for _, text in texts]
    zeros = [name for (name, _), weights in zip(texts, columns, strict=True) if not weights.any()]
    if zeros:
        warn(f"All weights are zero in the contrasts {quoted(zeros)}.", InputWarning)
    names = [name for name, _ in texts]
    return pd.DataFrame(np.column_stack(columns), index=reader.names, columns=names)


def _contrast_texts(
    expressions: tuple[object, ...], contrasts: object, named: Mapping[str, object]
) -> list[tuple[str, str]]:
    """Names and texts of all contrasts."""
    if contrasts is not None and (expressions or named):
        raise DesignError("Give the contrasts one by one or as `contrasts`, not both.")
    given = expressions if contrasts is None else (contrasts,)
    found = [pair for part in given for pair in _named_texts(part)] + list(named.items())
    for _, text in found:
        if not isinstance(text, str):
            raise InputTypeError(f"A contrast is a text such as 'B - A'; got {text!r}.")
    if not found:
        raise DesignError("No contrast was given.")
    return [(str(name), str(text)) for name, text in found]


def _named_texts(part: object) -> list[tuple[object, object]]:
    """One argument as names and texts; a text without a name is its own name."""
    if isinstance(part, pd.Series) and not all(isinstance(name, str) for name in part.index):
        part = part.tolist()
    if isinstance(part, Mapping | pd.Series):
        return [(name or text, text) for name, text in part.items()]
    single = isinstance(part, str | memoryview) or getattr(part, "ndim", 1) == 0
    if single or not isinstance(part, Iterable):
        return [(part, part)]
    return [(text, text) for text in part]
