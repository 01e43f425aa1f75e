"""Units of measurement in which squares of data neither overflow nor vanish."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pylimma.typing import FloatArray


def binary_units(y: FloatArray) -> FloatArray:
    """Largest power of two below the greatest absolute value of each gene.

    Dividing by it is exact, so that results in the unit are those of the data to the last bit.

    Parameters
    ----------
    y : array of shape (genes, samples)
        Finite values.

    Returns
    -------
    array of shape (genes, 1)
        The units; 1 for a gene of zeros.
    """
    largest = np.max(np.abs(y), axis=1, initial=0.0, keepdims=True)
    _, exponent = np.frexp(np.where(largest > 0, largest, 1.0))
    units: FloatArray = np.ldexp(1.0, exponent - 1)
    return units
