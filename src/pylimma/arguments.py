"""Arguments of public functions as numbers, flags, texts and arrays, or refused with their name.

Each question has one checker here: it returns the argument in the one form that the code below a
public function works with, or raises an error that says what was expected and what came. What is
matched to the data by name (blocks, library sizes) is parsed by `pylimma.adapters.labels`.
"""

from __future__ import annotations

import inspect
import math
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pylimma.errors import InputError, InputTypeError, ShapeError, nearest, quoted
from pylimma.typing import AnyArray, FloatArray

MOST_STEPS = 1_000_000  # of an iteration; more would never end
_LONGEST_TEXT = 30  # what is longer is named by its type in a message


def passed_on(given: Any, taken: Callable[..., Any], argument: str) -> dict[str, Any]:
    """Options for another function, given as one argument."""
    options = mapping({} if given is None else given, argument)
    check_keywords(map(str, options), taken, f"{argument}` for `{taken.__qualname__}")
    return options


def flag(value: Any, argument: str) -> bool:
    """True or False."""
    if isinstance(value, bool | np.bool_) or (isinstance(value, int) and value in (0, 1)):
        return bool(value)
    raise InputTypeError(f"`{argument}` must be True or False; got {described(value)}.")


def check_keywords(
    given: Iterable[str], taken: Callable[..., Any] | Iterable[str], function: str
) -> None:
    """Raise for the first option that a function, or one it passes options on to, lacks."""
    names = list(inspect.signature(taken).parameters if callable(taken) else taken)
    for name in given:
        if name not in names:
            takes = f"it takes {quoted(nearest(name, names))}" if names else "it takes no options"
            raise InputError(f"`{function}` has no argument '{name}'; {takes}.")


def parse_compat(compat: Any) -> bool:
    """Whether the numbers of limma 3.68 are asked for in place of the default."""
    if compat is not None and not (isinstance(compat, str) and compat == "3.68"):
        raise InputError(f"`compat` must be None or '3.68'; got {described(compat)}.")
    return compat is not None


def number(
    value: Any,
    argument: str,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    inside: bool = False,
    finite: bool = False,
) -> float:
    """One number within limits; `inside` excludes the limits, `finite` infinite numbers."""
    try:
        array = np.asarray(value)
        result = float(array.item()) if array.dtype.kind in "biufO" else math.nan
    except (TypeError, ValueError, OverflowError):
        array, result = np.array(""), math.nan
    if array.dtype.kind not in "biuf" and math.isnan(result):
        raise InputTypeError(f"`{argument}` must be a number; got {described(value)}.")
    beyond = not low <= result <= high or (finite and math.isinf(result))
    if beyond or (inside and math.isfinite(result) and result in (low, high)):
        limits = _limits(low, high, inside=inside, finite=finite)
        raise InputError(f"`{argument}` must {limits}; got {result:g}.")
    return result


def smallest_change(fc: float | None, lfc: float | None) -> float:
    """Threshold as a log2 fold change, from either way of giving it; 0 when there is none."""
    fc = None if fc is None else number(fc, "fc", 1)
    lfc = None if lfc is None else number(lfc, "lfc", 0)
    if fc is not None and lfc is not None:
        raise InputError("Give `fc` or `lfc`, not both: each is a threshold.")
    return math.log2(fc) if fc is not None else (lfc or 0.0)


def whole(value: Any, argument: str, low: float = -math.inf, high: float = math.inf) -> int:
    """One whole number within limits."""
    result = number(value, argument, low, high)
    if not result.is_integer():
        raise InputError(f"`{argument}` must be a whole number; got {result:g}.")
    return int(result)


def text(value: Any, argument: str) -> str:
    """A text, such as a name, a separator or a title."""
    if not isinstance(value, str):
        raise InputTypeError(f"`{argument}` must be text; got {described(value)}.")
    return str(value)


def path(value: Any, argument: str) -> Path:
    """Path of a file or folder, with ~ expanded."""
    try:
        found = os.fspath(value)
        if not isinstance(found, str) or not found or "\0" in found:
            raise TypeError  # noqa: TRY301 - one message for all ways
        return Path(found).expanduser()
    except (TypeError, RuntimeError):  # the latter of a home that cannot be found
        raise InputTypeError(
            f"`{argument}` must be the path of a file or folder; got {described(value)}."
        ) from None


def random_generator(value: Any, argument: str) -> np.random.Generator:
    """Source of randomness: itself, of a seed, or a new one."""
    try:
        return np.random.default_rng(value)
    except (TypeError, ValueError):
        raise InputTypeError(
            f"`{argument}` must be a random generator or a seed; got {described(value)}."
        ) from None


def sequence(values: Any, argument: str) -> list[Any]:
    """A list of anything that holds several things; a text is one thing."""
    try:
        if isinstance(values, str | bytes | Mapping):
            raise TypeError  # noqa: TRY301 - one message for all ways
        return list(values)
    except TypeError:
        raise InputTypeError(f"`{argument}` must be a list; got {described(values)}.") from None


def mapping(value: Any, argument: str) -> dict[Any, Any]:
    """A mapping, or pairs of keys and values, as a dict."""
    try:
        return dict(value)
    except (TypeError, ValueError):
        raise InputTypeError(
            f"`{argument}` must be a dict such as {{'name': value}}; got {described(value)}."
        ) from None


def plain_array(values: Any, argument: str) -> AnyArray:
    """Array of any type, without a copy where it is one; masked values become NaN or None."""
    if hasattr(values, "toarray"):
        values = values.toarray()
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        if values.dtype.kind not in "biuf":
            array = np.array(values.data, dtype=object)
            array[np.ma.getmaskarray(values)] = None
            return array
        return np.ma.filled(values.astype(float), np.nan)
    try:
        array = _with_missing(values, np.asarray(values))
    except (ValueError, TypeError, RuntimeError) as error:  # of sequences, and of odd objects
        if isinstance(values, list | tuple):
            raise InputTypeError(f"The rows of `{argument}` differ in length.") from None
        raise InputTypeError(
            f"`{argument}` cannot be read as an array: {described(values)} ({error})."
        ) from None
    if array.dtype.kind == "V":
        raise InputTypeError(f"`{argument}` is an array of records; give one value for each.")
    # pandas cannot read numbers in the byte order of other machines
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def texts(values: Any, argument: str) -> AnyArray:
    """Array of the texts of labels of any type."""
    return plain_array(values, argument).astype(object).astype(str)


def numbers(values: Any, argument: str, ndim: int | None = None) -> FloatArray:
    """Array of floats of anything that holds real numbers."""
    if hasattr(values, "toarray"):
        values = values.toarray()
    try:
        if isinstance(values, np.ma.MaskedArray):
            values = np.ma.filled(values.astype(float), np.nan)
        array = np.asarray(values)
        if array.dtype.kind in "cUSMmV" or any(isinstance(x, str) for x in array.flat[:1]):
            raise TypeError  # noqa: TRY301 - one message for all ways
        array = np.asarray(_without_na(values, array), dtype=float)
    except (TypeError, ValueError, OverflowError, NotImplementedError):
        raise InputTypeError(
            f"`{argument}` must be real numbers; got {described(values)}."
        ) from None
    if ndim is not None and array.ndim != ndim:
        raise ShapeError(f"`{argument}` has {array.ndim} dimensions; {ndim} are expected.")
    return array


def cells(values: Any, argument: str) -> AnyArray:
    """Array of floats of anything that holds real numbers, or of the texts of text alone."""
    array = plain_array(values, argument)
    if array.size and array.dtype.kind in "OU" and all(isinstance(x, str) for x in array.flat):
        return array.astype(str)
    return numbers(values, argument)


def vector(
    values: Any, argument: str, size: int | None = None, one_for: str = "", *, finite: bool = False
) -> FloatArray:
    """Vector of numbers, `size` of them where it is given; a row or column of a matrix is one."""
    array = numbers(values, argument)
    if array.size != max(array.shape, default=1):
        raise ShapeError(f"`{argument}` has shape {array.shape}; a vector is expected.")
    if size is not None and array.size != size:
        each = f", one for each {one_for}" if one_for else ""
        raise ShapeError(f"`{argument}` has {array.size} values; {size} are expected{each}.")
    array = array.reshape(-1)
    if finite and not np.isfinite(array).all():
        bad = ~np.isfinite(array)
        raise InputError(
            f"`{argument}` has {int(bad.sum())} missing or infinite values, the first at "
            f"position {int(bad.argmax())}; remove them first."
        )
    return array


def check_paired(one: Any, other: Any, argument: str, other_argument: str) -> None:
    """Raise where two vectors of points have different labels: they are paired by position."""
    indices: list[Any] = [getattr(values, "index", None) for values in (one, other)]
    labels = [index for index in indices if hasattr(index, "equals")]
    counted = any(list(index) == list(range(len(index))) for index in labels)
    if counted or len(labels) < len(indices) or labels[0].equals(labels[1]):
        return
    raise InputError(
        f"`{argument}` and `{other_argument}` have different labels, and points are paired by "
        f"position: give `{other_argument}.loc[{argument}.index]`, or arrays."
    )


def described(value: Any) -> str:
    """Short text for a value: itself, or its kind and shape."""
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return f"{type(value).__name__} of shape {shape}"
    text = repr(value) if isinstance(value, str | int | float | complex | None) else ""
    return text if 0 < len(text) <= _LONGEST_TEXT else f"an object of type {type(value).__name__}"


def _with_missing(values: Any, array: Any) -> Any:
    """Array of texts in which NaN stays what it is, which NumPy writes as the text 'nan'."""
    if array.dtype.kind != "U" or not isinstance(values, list | tuple):
        return array
    missing = any(isinstance(value, float) and math.isnan(value) for value in values)
    return np.asarray(values, dtype=object) if missing else array


def _without_na(values: Any, array: Any) -> Any:
    """Values whose missing ones may be pandas' NA, which NumPy does not convert."""
    if array.dtype.kind == "O" and hasattr(values, "to_numpy"):
        return values.to_numpy(dtype=float, na_value=np.nan)
    return array


def _limits(low: float, high: float, *, inside: bool, finite: bool) -> str:
    if math.isfinite(low) and math.isfinite(high):
        return f"lie between {low:g} and {high:g}"
    if math.isfinite(low):
        return f"be {'finite and ' * finite}{'above' if inside else 'at least'} {low:g}"
    return f"be a {'finite ' * finite}number"
