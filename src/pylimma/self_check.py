"""Recorded calls of R, run again here and compared with their recorded results."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd

import pylimma
from pylimma.archive import read_archive
from pylimma.errors import InputError, PylimmaWarning
from pylimma.record import Record
from pylimma.typing import FloatArray

_FILE = "self_check.pylimma"
_CANCELLED = 1e-3  # of the largest value: smaller ones carry its rounding errors


@dataclass(frozen=True, slots=True, eq=False)
class Comparison(Record):
    """A step of a case compared with its recorded result."""

    case: str
    function: str
    # the largest relative difference; infinite where a result is missing or has another shape
    difference: float
    tolerance: float  # the largest difference that is allowed
    where: str  # the component that differs most

    @property
    def agrees(self) -> bool:
        """Whether the difference is allowed."""
        return self.difference <= self.tolerance


def compare_all() -> Iterator[Comparison]:
    """Run all cases that are shipped; yields each step with a recorded result."""
    with resources.as_file(resources.files("pylimma") / _FILE) as path:
        cases = read_archive(path)
    for case in cases:
        yield from compare_case(case)


def compare_case(case: Mapping[str, Any]) -> Iterator[Comparison]:
    """Run one case: steps with `label`, `function`, `arguments`, `options` and `expected`."""
    results: dict[str, Any] = {}
    for step in case["steps"]:
        if step["function"] not in dir(pylimma):
            raise InputError(f"'{step['function']}' is not a function of pylimma.")
        function = getattr(pylimma, step["function"])
        first = [_given(value, results) for value in step["arguments"]]
        options = {name: _given(value, results) for name, value in step["options"].items()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PylimmaWarning)
            results[step["label"]] = function(*first, **options)
        if not step["expected"]:
            continue
        found = results[step["label"]]
        differences = {
            ".".join(map(str, path)): difference(
                _component(found, path), recorded, is_probability=is_probability
            )
            for path, recorded, is_probability in step["expected"]
        }
        worst = max(differences, key=lambda name: differences[name])
        yield Comparison(
            case["name"], step["function"], differences[worst], step["tolerance"], worst
        )


def difference(found: Any, recorded: FloatArray, *, is_probability: bool = False) -> float:
    """Largest relative difference; infinite where shapes or missing values differ.

    Of probabilities only the ratio counts; other small numbers carry the errors of large ones.
    """
    actual = np.asarray(found, dtype=float)
    if actual.size == recorded.size:
        actual = actual.reshape(recorded.shape)
    elif actual.ndim:
        return np.inf
    actual = np.broadcast_to(actual, recorded.shape)
    known = ~np.isnan(recorded)
    if (np.isnan(actual) == known).any():
        return np.inf
    actual, recorded = actual[known], recorded[known]
    same = actual == recorded
    if not np.isfinite(recorded[~same]).all() or not np.isfinite(actual[~same]).all():
        return np.inf
    if same.all():
        return 0.0
    size = np.abs(recorded)
    finite = size[np.isfinite(size)]
    floor = 0.0 if is_probability else _CANCELLED * float(finite.max())
    size = np.maximum(size + floor, np.finfo(float).tiny)
    return float(np.max(np.abs(actual[~same] - recorded[~same]) / size[~same]))


def _given(value: Any, results: Mapping[str, Any]) -> Any:
    if isinstance(value, dict) and set(value) == {"result of"}:
        return results[value["result of"]]
    return value


def _component(found: Any, path: Any) -> Any:
    for key in path:
        if found is None:
            return np.nan
        if isinstance(found, pd.DataFrame | list | tuple):
            found = found[key]
        elif isinstance(found, Mapping):
            found = found.get(key)
        else:
            return np.nan
    return np.nan if found is None else found
