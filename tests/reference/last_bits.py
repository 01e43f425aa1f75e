"""Results as another processor might give them: other last bits."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd


def moved(result: Any, sign: int) -> Any:
    """A result whose numbers are the next doubles up or down; equal numbers stay equal."""
    if isinstance(result, np.ndarray) and result.dtype == float:
        return _neighbours(result, sign)
    if isinstance(result, pd.Series) and result.dtype == float:
        return pd.Series(_neighbours(result.to_numpy(), sign), result.index, name=result.name)
    if isinstance(result, pd.DataFrame) and result.columns.is_unique:
        copy = result.copy()
        for name in result:
            copy[name] = moved(result[name], sign)
        return copy
    if isinstance(result, Mapping) and hasattr(result, "replace"):
        return result.replace(**{name: moved(value, sign) for name, value in result.items()})
    return result


def _neighbours(values: np.ndarray, sign: int) -> np.ndarray:
    """Up or down as bits of the value say, and the other way for the other sign.

    Whole numbers are mostly exact and stay.
    """
    bits = np.ascontiguousarray(values).view(np.uint64)
    up = (bits ^ (bits >> np.uint64(7))) % np.uint64(2) == 0
    other = np.nextafter(values, np.where(up, sign, -sign) * np.inf)
    return np.where(~np.isfinite(values) | (values == np.round(values)), values, other)
