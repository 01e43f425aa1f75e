"""Which coefficients of a design can be estimated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import numbers
from pylimma.containers.names import names_of
from pylimma.errors import DesignError, InputTypeError
from pylimma.numerics.powers import binary_exponent
from pylimma.numerics.regression.linalg import pivoted_qr
from pylimma.typing import DesignLike, FloatArray

EIGENVALUE_RATIO = 1e-13  # smallest to largest eigenvalue of X'X below which rank is lost


def is_fullrank(x: DesignLike) -> bool:
    r"""Whether all columns of a design are linearly independent.

    Parameters
    ----------
    x : array or DataFrame of shape (samples, coefs)
        The design; a vector is one column.

    Returns
    -------
    bool
        True if the ratio of the smallest to the largest eigenvalue of :math:`X^T X` exceeds
        :math:`10^{-13}`.

    Raises
    ------
    DesignError
        If values are missing or infinite.

    See Also
    --------
    non_estimable : Names of the columns that depend on others.

    Examples
    --------
    >>> import numpy as np, pylimma as pl
    >>> pl.is_fullrank(np.array([[1, 0], [1, 0], [1, 1]]))
    True
    """
    values = finite_matrix(x, "x")
    largest_entry = np.max(np.abs(values), initial=0.0)
    if largest_entry == 0:
        return False
    scaled = values / largest_entry  # the squares of tiny or huge entries would be lost
    eigenvalues = np.linalg.eigvalsh(scaled.T @ scaled)
    return bool(abs(eigenvalues[0] / eigenvalues[-1]) > EIGENVALUE_RATIO)


def non_estimable(x: DesignLike) -> list[str]:
    """Coefficients that cannot be estimated, since they depend on earlier ones.

    Parameters
    ----------
    x : array or DataFrame of shape (samples, coefs)
        The design.

    Returns
    -------
    list of str
        Names of the columns that depend on earlier columns; positions, counted from 1, if the
        columns have no names. Empty for a design of full rank.

    Raises
    ------
    DesignError
        If values are missing or infinite.

    See Also
    --------
    is_fullrank : Whether there are none.

    Examples
    --------
    >>> import pandas as pd, pylimma as pl
    >>> pl.non_estimable(pd.DataFrame({"mean": [1, 1, 1], "A": [1, 1, 0], "B": [0, 0, 1]}))
    ['B']
    """
    values = finite_matrix(x, "x")
    qr = pivoted_qr(values)
    redundant = qr.pivot[qr.rank :]
    names = names_of(x.columns) if isinstance(x, pd.DataFrame) else None
    if names is not None:
        return [str(name) for name in names[redundant]]
    return [str(position + 1) for position in redundant]


def condition(design: FloatArray) -> float:
    """Condition number of a design whose columns have length one, whatever their units."""
    scaled = np.ldexp(design, -binary_exponent(design, axis=0))
    lengths = np.linalg.norm(scaled, axis=0)
    values = np.linalg.svd(scaled / np.where(lengths > 0, lengths, 1.0), compute_uv=False)
    return np.inf if len(values) < design.shape[1] or values[-1] == 0 else values[0] / values[-1]


def finite_matrix(x: Any, argument: str) -> FloatArray:
    """A design or contrast as a matrix of finite numbers."""
    try:
        values = numbers(x, argument)
    except InputTypeError:
        raise DesignError(
            f"`{argument}` must hold numbers. `model_matrix` makes a design of factors, and "
            "`make_contrasts` contrasts of text."
        ) from None
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2:
        raise DesignError(f"`{argument}` must have two dimensions; got {values.ndim}.")
    if not np.isfinite(values).all():
        rows = np.flatnonzero(~np.isfinite(values).all(axis=1))
        raise DesignError(f"`{argument}` is missing or infinite in the rows {rows.tolist()}.")
    return values
