"""Designs reparameterised so that contrasts are coefficients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pylimma.arguments import flag
from pylimma.containers.names import names_of
from pylimma.design.contrasts.level_reader import order_of_rows
from pylimma.design.rank import finite_matrix
from pylimma.errors import DesignError, InputWarning, quoted, warn
from pylimma.numerics.regression.effects import rotated_rows
from pylimma.numerics.regression.linalg import PivotedQR, pivoted_qr
from pylimma.record import Record
from pylimma.typing import DesignLike, IntArray, Table


@dataclass(frozen=True, slots=True, eq=False)
class ContrastDesign(Record):
    """A design in which contrasts are coefficients.

    Attributes
    ----------
    design : DataFrame of shape (samples, coefs)
        The design.
    coef : array of int of shape (contrasts,)
        Positions of the columns that hold the contrasts.
    qr : PivotedQR
        Factors of the contrast matrix, with its rank and the order of its columns.
    """

    design: pd.DataFrame
    coef: IntArray
    qr: PivotedQR


def contrast_as_coef(
    design: DesignLike,
    contrast: ArrayLike | Table | None = None,
    first: bool = True,
) -> ContrastDesign | DesignLike:
    r"""Design in which contrasts of the old coefficients are coefficients.

    Parameters
    ----------
    design : array or DataFrame of shape (samples, coefs)
        The design.
    contrast : array, Series or DataFrame of shape (coefs,) or (coefs, contrasts)
        The contrasts. Rows are matched to the columns of the design by name if both have names.
        Contrasts that depend on earlier ones are removed.
    first : bool
        Whether the contrasts become the first columns of the design, or the last.

    Returns
    -------
    ContrastDesign
        ``design``, the positions ``coef`` of the contrasts in it, and ``qr``. Without `contrast`,
        the design itself.

    Raises
    ------
    DesignError
        If design or contrasts are not finite numbers, or the contrasts are all zero or do not fit
        the design.

    See Also
    --------
    make_contrasts : Contrasts as text.
    contrasts_fit : Contrasts of a fit, without a new design.

    Notes
    -----
    With :math:`C = Q (R^T, 0)^T` the model :math:`X \beta` is :math:`X Q_1 R^{-T} \cdot C^T\beta
    + X Q_2 \cdot Q_2^T\beta`, where :math:`Q_1` are the first columns of :math:`Q`.

    Examples
    --------
    >>> import numpy as np, pylimma as pl
    >>> design = np.kron(np.eye(3), np.ones((2, 1)))
    >>> pl.contrast_as_coef(design, [-1, 1, 0]).design.round(2).iloc[::2]
         C1    Q2   Q3
    0  -0.5  0.71  0.0
    2   0.5  0.71  0.0
    4   0.0  0.00  1.0
    """
    if contrast is None:
        return design
    values, first = finite_matrix(design, "design"), flag(first, "first")
    frame = design if isinstance(design, pd.DataFrame) else pd.DataFrame(values)
    weights = _contrast_weights(contrast, frame, named=isinstance(design, pd.DataFrame))
    columns = weights.to_numpy(dtype=np.float64)
    qr = pivoted_qr(columns)
    n_contrasts, n_coefs = qr.rank, frame.shape[1]
    # [C'beta; Q2'beta] are the new coefficients: X Q [R^-T 0; 0 I], by rows
    rotated = rotated_rows(values, columns[:, qr.pivot]).T
    rotated[:n_contrasts] = np.linalg.solve(qr.triangle, rotated[:n_contrasts])
    names = [str(weights.columns[k]) for k in qr.independent]
    names += [f"Q{k + 1}" for k in range(n_contrasts, n_coefs)]
    order = np.arange(n_coefs) if first else np.roll(np.arange(n_coefs), -n_contrasts)
    reparameterised = pd.DataFrame(rotated.T, index=frame.index, columns=names).iloc[:, order]
    start = 0 if first else n_coefs - n_contrasts
    return ContrastDesign(reparameterised, np.arange(start, start + n_contrasts), qr)


def _contrast_weights(
    contrast: ArrayLike | Table, design: pd.DataFrame, *, named: bool
) -> pd.DataFrame:
    """Contrasts with a row for each coefficient and a name for each column."""
    values = finite_matrix(contrast, "contrast")
    columns = names_of(contrast.columns) if isinstance(contrast, pd.DataFrame) else None
    names = [f"C{k + 1}" for k in range(values.shape[1])] if columns is None else list(columns)
    rows = names_of(contrast.index) if isinstance(contrast, pd.Series | pd.DataFrame) else None
    weights = pd.DataFrame(values, columns=names)
    if len(weights) != design.shape[1]:
        raise DesignError(
            f"`contrast` has {len(weights)} rows and the design {design.shape[1]} columns; rows of "
            "contrasts are coefficients."
        )
    if rows is not None and named:
        order = order_of_rows(rows, list(design.columns))
        if order is None:
            warn(
                f"Row names of `contrast` ({quoted(rows)}) are not the columns of the design "
                f"({quoted(design.columns)}); rows are used in their order.",
                InputWarning,
            )
        weights = weights if order is None else weights.iloc[order]
    if not values.any():
        raise DesignError("`contrast` is all zero, so it compares nothing.")
    return weights
