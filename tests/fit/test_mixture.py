from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from pylimma import fitmixture
from pylimma.errors import InputError, InputTypeError, ShapeError

P = [0, 0.5, 1]


def test_frames_and_arrays_give_the_same():
    log2e = np.log2([[100.0, 300, 500], [40, 30, 20]])
    fit, frame = fitmixture(log2e, P), fitmixture(pd.DataFrame(log2e), pd.Series(P))
    assert_allclose(fit.M, frame.M)
    assert_allclose(fit.M, np.log2([5, 0.5]), atol=1e-5)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: fitmixture([["x"]], [1]), InputTypeError, "must be real numbers"),
        (lambda: fitmixture([[1, 2, 3]], [0, 1]), ShapeError, "`mixprop` has 2 values"),
        (lambda: fitmixture([[1, 2]], [0, 1]), ShapeError, "at least three"),
        (lambda: fitmixture([[1, 2, np.nan]], P), InputError, "`log2e` has missing"),
        (lambda: fitmixture([[1, 2, 3]], [0, 1, 2]), InputError, "`mixprop` must be"),
        (lambda: fitmixture([[1, 2, 3]], [1, 1, 1]), InputError, "that differ"),
        (lambda: fitmixture([[1, 2, 3]], P, niter=-1), InputError, "`niter`"),
    ],
)
def test_what_cannot_be_used_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
