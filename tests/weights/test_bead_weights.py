"""Weights of bead arrays."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

import pylimma
from pylimma.errors import EstimationWarning, InputError, InputWarning, ShapeError
from pylimma.weights import bead_weights as module
from pylimma.weights.bead_weights import bead_weights, biological_variance, typical_variation

EXACT = 1e-12  # a few roundings


@pytest.fixture
def fit():
    rng = np.random.default_rng(3)
    design = np.column_stack([np.ones(6), np.arange(6) % 2])
    hat = design @ np.linalg.pinv(design)
    y = rng.normal(size=(40, 6)) * np.linspace(0.02, 1.5, 40)[:, None]
    return {"residuals": y - y @ hat, "leverage": np.diag(hat)}


@pytest.fixture
def beads():
    rng = np.random.default_rng(4)
    return {
        "variation": rng.uniform(0.2, 0.8, (40, 6)),
        "n_beads": rng.integers(3, 30, (40, 6)).astype(float),
    }


def score(b, residuals, leverage, technical):
    total = b + technical
    return np.mean(residuals**2 / (2 * total**2) - (1 - leverage) / (2 * total))


def test_biological_variance_is_the_root_of_the_score(fit, beads):
    technical = np.log1p(beads["variation"] ** 2 / beads["n_beads"]) / np.log(2) ** 2
    result = biological_variance(technical=technical, **fit)
    at_zero = 0
    for b, r, t in zip(result, fit["residuals"], technical, strict=True):
        if score(0, r, fit["leverage"], t) <= 0:
            at_zero += 1
            assert b == 0
            continue
        root = optimize.brentq(score, 0, 100, args=(r, fit["leverage"], t), xtol=1e-14)
        assert b == pytest.approx(root, rel=1e-6, abs=1e-8)  # steps end below 1e-5
    assert 0 < at_zero < 40


def test_a_missing_residual_is_left_out_and_a_probe_without_any_is_missing(fit):
    technical = np.full((40, 6), 0.01)
    residuals = fit["residuals"].copy()
    residuals[:20, 2], residuals[25] = np.nan, np.nan
    result = biological_variance(residuals, fit["leverage"], technical)
    kept = [0, 1, 3, 4, 5]
    shorter = biological_variance(residuals[:20, kept], fit["leverage"][kept], technical[:20, kept])
    np.testing.assert_allclose(result[:20], shorter, rtol=EXACT)
    assert np.isnan(result[25])
    assert np.isfinite(np.delete(result, 25)).all()


def test_typical_variation_is_a_trimmed_mean_of_roots():
    values = np.random.default_rng(1).gamma(2, size=(7, 5))
    expected = stats.trim_mean(np.sqrt(values.ravel()), 0.125) ** 2
    assert typical_variation(values) == pytest.approx(expected, rel=EXACT)
    with_gaps = np.append(values, [np.nan, np.nan])
    assert typical_variation(with_gaps) == pytest.approx(expected, rel=EXACT)
    assert np.isnan(typical_variation(np.array([np.nan])))


@pytest.mark.parametrize("array_cv", [True, False])
def test_weights_average_to_one_or_to_the_technical_precision(fit, beads, array_cv):
    result = bead_weights(**fit, **beads, array_cv=array_cv)
    np.testing.assert_allclose(result.weights.mean(axis=1), 1, rtol=EXACT)
    variance = result.var_technical + result.var_biological[:, None]
    np.testing.assert_allclose(np.ptp(result.weights * variance, axis=1), 0, atol=EXACT)
    scaled = bead_weights(**fit, **beads, array_cv=array_cv, scale=True)
    mean_precision = (1 / result.var_technical).mean(axis=1)
    np.testing.assert_allclose(scaled.weights.mean(axis=1), mean_precision, rtol=EXACT)


def test_arrays_share_their_variation_if_asked_to(fit, beads):
    beads["n_beads"][:] = 10
    own = bead_weights(**fit, **beads)
    shared = bead_weights(**fit, **beads, array_cv=False)
    assert np.ptp(own.var_technical, axis=1).min() > 0
    np.testing.assert_allclose(
        shared.var_technical, np.log1p(own.cv_constant**2 / 10) / np.log(2) ** 2, rtol=EXACT
    )


def test_without_beads_the_weight_is_zero(fit, beads):
    beads["n_beads"][0, 0] = 0
    beads["variation"][0, 0] = np.nan
    result = bead_weights(**fit, **beads)
    assert result.weights[0, 0] == 0
    assert np.isfinite(result.weights).all()
    assert (result.weights > 0).sum() == result.weights.size - 1


def test_probes_that_do_not_converge_are_reported(fit, beads, monkeypatch):
    monkeypatch.setattr(module, "_MAX_STEPS", 1)
    with pytest.warns(EstimationWarning, match="did not converge"):
        bead_weights(**fit, **beads)


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

        b = optimize.brentq(excess, 0, 100, xtol=1e-14) if excess(0) > 0 else 0.0
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


def test_a_probe_without_beads_on_an_array_has_no_weight_there():
    beads = BEADS.copy()
    beads.iloc[0, 0] = 0
    found = pylimma.bead_count_weights(Y, X, DESIGN, bead_stdev=DEVIATION, nbeads=beads)
    assert np.flatnonzero(np.asarray(found.weights) == 0).tolist() == [0]
