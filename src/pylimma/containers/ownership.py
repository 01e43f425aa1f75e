"""Copies that keep what belongs to one object apart from all others."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pylimma.record import Record
from pylimma.typing import AnyArray


class Made(NamedTuple):
    """An array that was just made and that nothing else holds: a container takes it over."""

    array: AnyArray


def private(value: Any) -> Any:
    """A component that can be written to without changing another object."""
    if isinstance(value, np.ndarray | pd.DataFrame):
        return value.copy()
    if isinstance(value, dict):
        return {name: private(item) for name, item in value.items()}
    if isinstance(value, MutableMapping):  # a container
        return value.replace()  # type: ignore[attr-defined]
    if isinstance(value, Record):
        fields = {name: value[name] for name in value}
        arrays = {n: v.copy() for n, v in fields.items() if isinstance(v, np.ndarray)}
        return replace(value, **arrays) if arrays else value  # type: ignore[type-var]
    return value
