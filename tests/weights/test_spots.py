"""Weights of the spots of arrays."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

import pylimma
from pylimma.errors import InputError, InputWarning, Note, ShapeError

RNG = np.random.default_rng(51)
N_PROBES, N_SAMPLES = 40, 6
NAMES = {
    "index": [f"p{k}" for k in range(N_PROBES)],
    "columns": [f"s{k}" for k in range(N_SAMPLES)],
}
X = pd.DataFrame(2 ** RNG.normal(9, 1, (N_PROBES, 1)) * RNG.uniform(0.8, 1.2, (40, 6)), **NAMES)
Y = np.log2(X) + RNG.normal(0, 0.3, X.shape)
BEADS = pd.DataFrame(RNG.integers(3, 40, X.shape), **NAMES)
DEVIATION = X * RNG.uniform(0.1, 0.5, X.shape)
DESIGN = pd.DataFrame({"all": 1.0, "treated": [0.0, 0, 0, 1, 1, 1]}, index=NAMES["columns"])


def slow_bead_weights(y, design, variation, beads):
    """Root finding probe by probe, on its observed values."""
    roots = [np.sort(np.sqrt(column)) for column in variation.T]
    cv = np.array([r[len(r) // 8 : len(r) - len(r) // 8].mean() ** 2 for r in roots])
    technical = np.log(cv**2 / beads + 1) / np.log(2) ** 2
    weights = np.empty(y.shape)
    for probe, t in enumerate(technical):
        seen = ~np.isnan(y[probe])
        x = design[seen]
        hat = x @ np.linalg.pinv(x)
        r2 = ((np.eye(seen.sum()) - hat) @ y[probe, seen]) ** 2
        freedom, own = 1 - np.diag(hat), t[seen]

        def excess(b, r2=r2, freedom=freedom, own=own):
            return np.mean(r2 / (b + own) ** 2 - freedom / (b + own))

        b = brentq(excess, 0, 100, xtol=1e-14) if excess(0) > 0 else 0.0
        weights[probe] = 1 / (t + b)
    return weights / weights.mean(axis=1, keepdims=True)


@pytest.mark.parametrize("holes", [False, True], ids=["complete", "missing values"])
def test_bead_weights_are_those_of_a_slow_twin(holes):
    y = Y.mask(RNG.random(Y.shape) < 0.05) if holes else Y
    found = pylimma.bead_count_weights(y, X, DESIGN, bead_stdev=DEVIATION, nbeads=BEADS)
    expected = slow_bead_weights(
        y.to_numpy(), DESIGN.to_numpy(), (DEVIATION / X).to_numpy(), BEADS.to_numpy()
    )
    np.testing.assert_allclose(found.weights, expected, rtol=1e-5)  # steps end at 1e-5


def test_numbers_and_deviations_of_beads_may_be_stored_given_as_errors_and_in_another_order():
    found = pylimma.bead_count_weights(Y, X, DESIGN, bead_stdev=DEVIATION, nbeads=BEADS)
    other = {"Avg_NBEADS": BEADS.to_numpy(), "BEAD_STDERR": (DEVIATION / np.sqrt(BEADS)).to_numpy()}
    stored = pylimma.bead_count_weights(
        pylimma.EList(E=Y, design=DESIGN), pylimma.EListRaw(E=X, other=other)
    )
    shuffled = pylimma.bead_count_weights(
        Y, X.iloc[::-1], DESIGN, bead_stdev=DEVIATION.iloc[:, ::-1], nbeads=BEADS.iloc[::-1, ::-1]
    )
    np.testing.assert_allclose(stored.weights, found.weights, rtol=1e-10)
    np.testing.assert_array_equal(shuffled.weights, found.weights)


def test_scaled_weights_have_the_mean_technical_precision():
    found = pylimma.bead_count_weights(
        Y, X, DESIGN, bead_stdev=DEVIATION, nbeads=BEADS, array_cv=False, scale=True
    )
    np.testing.assert_allclose(
        found.weights.mean(axis=1), (1 / found.var_technical).mean(axis=1), rtol=1e-12
    )


def test_raw_intensities_that_are_not_positive_say_nothing_on_variation():
    x = X.copy()
    x.iloc[0, 0] = -3
    with pytest.warns(InputWarning, match="1 raw intensities are not positive"):
        found = pylimma.bead_count_weights(Y, x, DESIGN, bead_stdev=DEVIATION, nbeads=BEADS)
    rest = (DEVIATION / X).iloc[1:, 0]
    cut = len(rest) // 8
    assert found.cv_array[0] == pytest.approx(np.sqrt(rest).sort_values()[cut:-cut].mean() ** 2)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"nbeads": BEADS}, InputError, "`bead_stdev` or `bead_stderr`; they are neither given"),
        ({"bead_stdev": DEVIATION}, InputError, "Weights need `nbeads`"),
        ({"nbeads": -BEADS, "bead_stdev": DEVIATION}, InputError, "240 missing or negative"),
        ({"nbeads": BEADS.to_numpy()[:3], "bead_stdev": DEVIATION}, ShapeError, r"\(3, 6\)"),
    ],
)
def test_beads_that_cannot_be_used_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        pylimma.bead_count_weights(Y, X, DESIGN, **options)


LAYOUT = pylimma.PrintLayout(ngrid_r=2, ngrid_c=1, nspot_r=10, nspot_c=10)
M = RNG.normal(size=(200, 5))
M[:100, 1] *= 4
M[100:, 3] *= 4


@pytest.mark.parametrize("method", ["genebygene", "reml"])
def test_each_print_tip_has_weights_of_its_own(method):
    found = pylimma.printtip_weights(M, method=method, layout=LAYOUT)
    assert (found == found[[0] * 100 + [100] * 100]).all()
    assert found[0].argmin() == 1
    assert found[100].argmin() == 3
    upper = pylimma.printtip_weights(
        M[:100], method=method, layout=pylimma.PrintLayout({**LAYOUT, "ngrid_r": 1})
    )
    np.testing.assert_array_equal(upper, found[:100])


@pytest.mark.parametrize(
    ("method", "rtol"),
    [("genebygene", 1e-3), ("reml", 1e-6)],  # one pass sees leverages of two arrays only
)
def test_arrays_in_another_order_get_about_the_same_weights(method, rtol):
    order = [3, 1, 0, 2, 4]
    found = pylimma.printtip_weights(M, method=method, layout=LAYOUT)
    other = pylimma.printtip_weights(M[:, order], method=method, layout=LAYOUT)
    np.testing.assert_allclose(other, found[:, order], rtol=rtol)


def test_layout_and_weights_stored_with_the_data_are_used_and_a_stored_design_is_not():
    weights = RNG.uniform(0.2, 1, M.shape)
    design = np.repeat([[1.0, 0], [0, 1]], [2, 3], axis=0)
    data = pylimma.MAList(M=M, A=M, weights=weights, printer=LAYOUT, design=design)
    with pytest.warns(Note, match="does not use the design stored with the data"):
        found = pylimma.printtip_weights(data)
    np.testing.assert_array_equal(
        found, pylimma.printtip_weights(M, weights=weights, layout=LAYOUT)
    )
    np.testing.assert_array_equal(
        pylimma.printtip_weights(data, design, weights=None),
        pylimma.printtip_weights(M, design, layout={"ngrid.r": 2, **LAYOUT}),
    )


@pytest.mark.parametrize(
    ("data", "options", "error", "message"),
    [
        (M, {}, InputError, "a PrintLayout; none is given"),
        (M[:, :2], {"layout": LAYOUT}, InputError, "at least 3 arrays and as many spots"),
        (M[:4], {"layout": LAYOUT}, InputError, "4 spots × 5 arrays"),
        (M[:150], {"layout": LAYOUT}, ShapeError, "2 grids of 100 spots; the data have 150 rows"),
        (M, {"layout": {"ngrid_r": 1}}, InputError, "`layout` lacks ngrid_c, nspot_r, nspot_c"),
        (M, {"layout": LAYOUT, "method": "ml"}, InputError, "`method` must be one of"),
        (M, {"layout": LAYOUT, "weights": np.ones(3)}, ShapeError, "allowed are"),
    ],
)
def test_spots_that_cannot_be_used_are_refused(data, options, error, message):
    with pytest.raises(error, match=message):
        pylimma.printtip_weights(data, **options)


def test_a_probe_without_beads_on_an_array_has_no_weight_there():
    beads = BEADS.copy()
    beads.iloc[0, 0] = 0
    found = pylimma.bead_count_weights(Y, X, DESIGN, bead_stdev=DEVIATION, nbeads=beads)
    assert np.flatnonzero(np.asarray(found.weights) == 0).tolist() == [0]
