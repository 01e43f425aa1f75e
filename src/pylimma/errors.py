"""Errors and warnings, as one tree.

::

    PylimmaError
    ├── InputError(ValueError)           a value or option that cannot be used
    │   ├── ShapeError                   sizes that do not fit together
    │   ├── DesignError                  rank, names or levels of a design or contrast
    │   └── StageError                   a step is missing: top_table before e_bayes
    ├── InputTypeError(TypeError)        a container of a kind we do not read
    ├── UnknownNameError(LookupError)    no such gene, coefficient, set or component
    ├── OutputError(OSError)             a file or folder that cannot be written
    ├── ReadError(OSError)               a store of data that cannot be read
    └── DataUnavailableError(OSError)    example data neither on disk nor to be fetched

    PylimmaWarning(UserWarning)
    ├── InputWarning                     legal but suspicious input
    ├── EstimationWarning                an estimate that is missing or did not converge
    └── Note                             a choice made for the user, worth knowing

Each type also is the built-in that a caller would catch.
"""

from __future__ import annotations

import difflib
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path

_PACKAGE = str(Path(__file__).parent)
_MOST_NAMES = 12  # a longer list of choices hides the one that was meant


class PylimmaError(Exception):
    """Base of every error that pylimma raises on purpose."""


class InputError(PylimmaError, ValueError):
    """A value or option that cannot be used."""


class ShapeError(InputError):
    """Sizes that do not fit together."""


class DesignError(InputError):
    """Rank, names or levels of a design or contrast that do not work."""


class StageError(InputError):
    """A step of the analysis is missing."""


class InputTypeError(PylimmaError, TypeError):
    """A container of a kind that is not read."""


class UnknownNameError(PylimmaError, LookupError):
    """No such gene, sample, coefficient, set or component."""


class OutputError(PylimmaError, OSError):
    """A file or folder that cannot be written."""


class ReadError(PylimmaError, OSError):
    """A store of data outside memory that cannot be read."""


class DataUnavailableError(PylimmaError, OSError):
    """Example data that are neither on disk nor to be fetched."""


class PylimmaWarning(UserWarning):
    """Base of every warning of pylimma."""


class InputWarning(PylimmaWarning):
    """Input that is legal but suspicious."""


class EstimationWarning(PylimmaWarning):
    """An estimate that is missing, degenerate or did not converge."""


class Note(PylimmaWarning):
    """A choice made for the user that is worth knowing."""


def warn(message: str, category: type[PylimmaWarning] = InputWarning) -> None:
    """Warn at the line of the caller's code that entered pylimma."""
    frame, level = sys._getframe(1), 2  # noqa: SLF001 - the documented way to count frames
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def quoted(names: Iterable[object], most: int = _MOST_NAMES) -> str:
    """Names as text for a message, cut after `most` of them."""
    names = [str(name) for name in names]
    text = ", ".join(f"'{name}'" for name in names[:most])
    return text if len(names) <= most else f"{text}, … ({len(names)} in all)"


def with_noun(number: int, noun: str) -> str:
    """A number of things as text, ``1 gene`` and ``2 genes``."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def nearest(name: object, names: Iterable[object]) -> list[str]:
    """Names sorted so that the ones most like `name` come first."""
    every = [str(other) for other in names]
    close = difflib.get_close_matches(str(name), every, n=3, cutoff=0.5)
    return close + [other for other in every if other not in close]


def check_choice(value: object, choices: Iterable[str], argument: str) -> None:
    """Raise unless an option is one of its choices."""
    choices = list(choices)
    if not isinstance(value, str) or value not in choices:
        raise InputError(f"`{argument}` must be one of {quoted(choices)}; got {value!r}.")
