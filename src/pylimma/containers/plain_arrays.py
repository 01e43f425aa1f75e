"""Arrays, nested lists and sparse or masked matrices as plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from pylimma.arguments import described
from pylimma.errors import InputTypeError
from pylimma.typing import AnyArray


def plain_array(data: Any, argument: str) -> AnyArray:
    """Array of what was given, without a copy where it is one."""
    if hasattr(data, "toarray"):
        data = data.toarray()
    if isinstance(data, np.ma.MaskedArray) and np.ma.is_masked(data):
        return np.ma.filled(data.astype(float), np.nan)
    try:
        return np.asarray(data)
    except (ValueError, TypeError, RuntimeError) as error:  # of sequences, and of odd objects
        if isinstance(data, list | tuple):
            raise InputTypeError(f"The rows of `{argument}` differ in length.") from None
        raise InputTypeError(
            f"`{argument}` cannot be read as an array: {described(data)} ({error})."
        ) from None
