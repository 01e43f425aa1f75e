import numpy as np
import pytest
from scipy import optimize, stats

from pylimma.errors import EstimationWarning
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
