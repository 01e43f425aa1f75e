"""Whether a result of pylimma is the recorded one of R, and where it differs if not."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import pandas as pd
from reference.loader import flat_values, python_name

# Components that hold the internals of R's decompositions or repeat the call.
NOT_COMPARED = {
    *("qr", "call", "pivot", "assign", "method", "terms", "xlevels", "contrasts_call"),
}
COLUMNS = {
    "logFC": "log_fc",
    "AveExpr": "ave_expr",
    "P.Value": "p_value",
    "adj.P.Val": "adj_p_value",
    "B": "b",
    "CI.L": "ci_l",
    "CI.R": "ci_r",
    "PValue": "p_value",
    "PValue.Mixed": "p_value_mixed",
    "P.Value.Mixed": "p_value_mixed",
    "FDR": "fdr",
    "FDR.Mixed": "fdr_mixed",
    "NGenes": "n_genes",
    "NExons": "n_exons",
    "PropDown": "prop_down",
    "PropUp": "prop_up",
}
PROBABILITY = re.compile("p_value|fdr|adj")  # compared by ratio alone, however small
NEAR_ZERO = 1e-3  # of the tolerance, on the scale of the largest value: cancellation
SIGN_RTOL = 1e-6  # eigenvectors carry the error of the gaps between their eigenvalues


def difference(step: dict[str, Any], actual: Any, unrounded: list[str] | None = None) -> str | None:
    """Return where a step's result differs from R's, or None where it is the same.

    Lines of printed numbers come with the same lines `unrounded`: a value half way between two
    printed numbers may be printed as either.
    """
    up_to_sign = (step["note"] or "").startswith("up to sign")
    if step["rtol"] is None and not up_to_sign:
        return None
    rtol = SIGN_RTOL if step["rtol"] is None else step["rtol"]
    if unrounded is not None:
        actual = _printed_like(step["expected"]["v"], actual, unrounded, rtol)
    try:
        compare(
            step["expected"], actual, python_name(step["fun"]), rtol, signs=step["rtol"] is None
        )
    except AssertionError as error:
        return str(error)
    return None


def compare(node: dict[str, Any], actual: Any, where: str, rtol: float, *, signs: bool) -> None:
    """Raise an AssertionError that tells the first place where `actual` differs."""
    if node["t"] in {"omitted", "null"}:
        return
    assert actual is not None, f"{where}: None"
    if node["t"] == "list":
        _compare_list(node, actual, where, rtol, signs=signs)
    elif node["t"] == "frame":
        _compare_frame(node, actual, where, rtol, signs=signs)
    elif node["t"] == "factor" or node.get("kind") == "str":
        _compare_text(node, actual, where)
    else:
        if node.get("names") and isinstance(actual, Mapping):
            actual = [_component(actual, name) for name in node["names"]]
        expected = flat_values(node).astype(float).reshape(node.get("dim", -1))
        _compare_numbers(expected, _values(actual), where, rtol, signs=signs)
        if node["t"] == "matrix" and isinstance(actual, pd.DataFrame):
            _compare_names(node["rows"], actual.index, f"{where}: rows")
            _compare_names(node["cols"], actual.columns, f"{where}: columns")


def _printed_like(
    expected: list[str], actual: list[str], unrounded: list[str], rtol: float
) -> list[str]:
    """Return our lines with R's number in the place of ours where a tie was rounded the other way.

    The value is then, within `rtol`, the mean of both numbers, which are one unit of their last
    decimal apart.
    """
    if not len(expected) == len(actual) == len(unrounded):
        return actual
    return [
        _line_printed_like(*lines, rtol) for lines in zip(expected, actual, unrounded, strict=True)
    ]


def _line_printed_like(expected: str, actual: str, unrounded: str, rtol: float) -> str:
    fields = [re.split(r"([\t,])", line) for line in (expected, actual, unrounded)]
    if len({len(parts) for parts in fields}) > 1:
        return actual
    return "".join(
        theirs if theirs != ours and _is_tie(theirs, ours, value, rtol) else ours
        for theirs, ours, value in zip(*fields, strict=True)
    )


def _is_tie(one: str, other: str, value: str, rtol: float) -> bool:
    """Whether a value lies half way between two neighbouring printed numbers."""
    try:
        low, high = sorted([Decimal(one), Decimal(other)])
        exact = Decimal(value)
    except InvalidOperation:
        return False
    unit = Decimal(1).scaleb(min(low.as_tuple().exponent, high.as_tuple().exponent))
    middle = (low + high) / 2
    return high - low == unit and abs(exact - middle) <= Decimal(rtol) * abs(exact)


def _compare_list(
    node: dict[str, Any], actual: Any, where: str, rtol: float, *, signs: bool
) -> None:
    for r_name, value in node["v"].items():
        name = python_name(r_name)
        if name not in NOT_COMPARED and value["t"] not in {"omitted", "null"}:
            compare(value, _component(actual, r_name), f"{where}.{name}", rtol, signs=signs)


def _compare_frame(
    node: dict[str, Any], actual: Any, where: str, rtol: float, *, signs: bool
) -> None:
    assert isinstance(actual, pd.DataFrame), f"{where}: {type(actual).__name__}, not a DataFrame"
    if node["rows"]:
        counted = node["rows"] == [str(k + 1) for k in range(len(node["rows"]))]
        assert len(actual) == len(node["rows"]), f"{where}: {len(actual)} of {len(node['rows'])}"
        _compare_names(None if counted else node["rows"], _as_in_r(actual.index), f"{where}: rows")
    spelled = {_spelling(column): column for column in actual.columns}
    for column in node["cols"]:
        name = COLUMNS.get(column["name"], python_name(column["name"]))
        known = spelled.get(_spelling(name), spelled.get(_spelling(column["name"])))
        assert known is not None, f"{where}: no column {name!r} in {list(actual.columns)}"
        compare(column["value"], actual[known], f"{where}.{name}", rtol, signs=signs)


def _as_in_r(index: pd.Index) -> pd.Index:
    """Row labels as R has them: it numbers rows without names from 1."""
    return index + 1 if pd.api.types.is_integer_dtype(index) else index


def _spelling(column: Any) -> str:
    return re.sub(r"[ .]", "_", str(column)).lower()


def _compare_names(expected: list[str] | None, actual: pd.Index, where: str) -> None:
    if expected is not None:
        _compare_strings(expected, [str(name) for name in actual], where)


def _compare_text(node: dict[str, Any], actual: Any, where: str) -> None:
    expected = [str(v) for v in node["v"] if v is not None]
    have = [str(v) for v in np.ravel(_values(actual)) if not pd.isna(v)]
    _compare_strings(expected, have, where)


def _compare_strings(expected: list[str], actual: list[str], where: str) -> None:
    assert len(actual) == len(expected), f"{where}: {len(actual)} of {len(expected)}"
    other = [k for k, (e, a) in enumerate(zip(expected, actual, strict=True)) if e != a]
    assert not other, f"{where} [{other[0]}]: {actual[other[0]]!r}, not {expected[other[0]]!r}"


def _compare_numbers(
    expected: np.ndarray, actual: np.ndarray, where: str, rtol: float, *, signs: bool
) -> None:
    actual = _in_shape(expected, actual.astype(float), where)
    if signs and expected.ndim:
        actual = actual * np.where(np.nansum(expected * actual, axis=0) < 0, -1.0, 1.0)
    absent = np.isnan(expected)
    assert (absent == np.isnan(actual)).all(), f"{where}: other values are missing"
    scale = np.max(np.abs(expected), where=np.isfinite(expected), initial=0.0)
    atol = 0.0 if PROBABILITY.search(where) else NEAR_ZERO * rtol * scale
    close = np.isclose(actual, expected, rtol=rtol, atol=atol + 1e-300, equal_nan=True)
    if not close.all():
        k = np.flatnonzero(~close)[0]
        raise AssertionError(
            f"{where}: {np.sum(~close)} of {close.size} differ, first [{k}] "
            f"{actual.flat[k]!r}, expected {expected.flat[k]!r}"
        )


def _in_shape(expected: np.ndarray, actual: np.ndarray, where: str) -> np.ndarray:
    """Return `actual` in R's shape where only R's vectors and matrices of one column differ."""
    if actual.shape == expected.shape:
        return actual
    if actual.size == expected.size == max(expected.shape, default=1):
        return actual.reshape(expected.shape)
    # what is the same for all genes may be one number
    assert actual.ndim == 0, f"{where}: shape {actual.shape}, expected {expected.shape}"
    assert (expected == expected.flat[0]).all(), f"{where}: one number, expected several"
    return np.broadcast_to(actual, expected.shape)


def _component(actual: Any, r_name: str) -> Any:
    name = python_name(r_name)
    if isinstance(actual, Mapping):
        return actual.get(name, actual.get(r_name))
    if isinstance(actual, list | tuple) and r_name.isdigit():
        return actual[int(r_name) - 1]
    return getattr(actual, name, None)


def _values(actual: Any) -> np.ndarray:
    is_labelled = isinstance(actual, pd.DataFrame | pd.Series | pd.Index)
    return actual.to_numpy() if is_labelled else np.asarray(actual)
