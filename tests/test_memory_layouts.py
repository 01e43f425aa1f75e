"""Values count, not how they lie in memory."""

import inspect
import warnings

import numpy as np
import pandas as pd
import pytest
from public_calls import CALLS, NO_DATA, leaves, run

import pylimma as pl
from pylimma.errors import PylimmaWarning

TOLERANCE = 1e-9  # sums are taken in the order of memory


def every_second(values):
    wide = np.full([2 * n for n in values.shape], -1, dtype=values.dtype)
    places = tuple(slice(None, None, 2) for _ in values.shape)
    wide[places] = values
    return wide[places]


def read_only(values):
    values = values.copy()
    values.flags.writeable = False
    return values


def columns_of_a_table(values):
    """A column-stored frame, or a Series."""
    if values.ndim == 1:
        return pd.Series(values.copy())
    return pd.DataFrame({k: values[:, k].copy() for k in range(values.shape[1])})


LAYOUTS = {
    "Fortran order": np.asfortranarray,
    "every second row and column": every_second,
    "backwards": lambda values: np.ascontiguousarray(values[::-1])[::-1],
    "read-only": read_only,
    "other byte order": lambda values: values.astype(values.dtype.newbyteorder()),
    "single precision": lambda values: values.astype(np.float32),
    "table of rows": lambda values: pd.DataFrame(values) if values.ndim == 2 else values,
    "table of columns": columns_of_a_table,
}


def laid_out(arguments, layout):
    if isinstance(arguments, tuple):
        return tuple(
            item.replace(**{item.MAIN: LAYOUTS[layout](item[item.MAIN])}) for item in arguments
        )
    return {
        name: LAYOUTS[layout](value)
        if isinstance(value, np.ndarray) and value.dtype.kind == "f"
        else value
        for name, value in arguments.items()
    }


def plain(result):
    """Numbers of a result by their place in it."""
    found = {}
    for path, value in leaves(result):
        table = value.select_dtypes("number") if isinstance(value, pd.DataFrame) else value
        array = np.asarray(table)
        if array.dtype.kind in "iufb":
            found[path] = array.astype(float)
    return found


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PylimmaWarning)
        yield


def test_every_public_function_that_takes_data_is_called():
    functions = {name for name in pl.__all__ if inspect.isfunction(getattr(pl, name))}
    called = {name.split(",")[0] for name in CALLS}
    assert functions - called - NO_DATA == set()


@pytest.mark.parametrize("name", CALLS)
def test_results_do_not_depend_on_how_arrays_lie_in_memory(name):
    expected = plain(run(name, CALLS[name]))
    for layout in LAYOUTS:
        found = plain(run(name, laid_out(CALLS[name], layout)))
        for path, values in expected.items():
            np.testing.assert_allclose(
                found[path], values, rtol=TOLERANCE, atol=TOLERANCE, err_msg=f"{layout}: {path}"
            )
