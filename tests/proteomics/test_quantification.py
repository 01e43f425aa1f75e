"""Protein levels: the optimum, its curvature, and everything around them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.special import expit

import pylimma as pl
from pylimma.errors import InputError, InputTypeError, Note, ShapeError, UnknownNameError
from pylimma.proteomics.protein_levels import LevelPrior, protein_levels

CURVE = np.array([-4.0, 0.75])
PRIOR = LevelPrior(6.0, 1.5, 1.2)
NODES, MASS = np.polynomial.hermite_e.hermegauss(16)
DATA = pl.sim_protein_data_set(n_peptides=120, rng=3)
QUANT = pl.dpc_quant(DATA, "Protein", dpc=CURVE)


def loss(theta, y, sigma):
    """Half the penalised deviance of one protein, straight from the model."""
    n = y.shape[1]
    gamma, delta = theta[:n], np.append(theta[n:], -theta[n:].sum())
    mu = gamma + delta[:, None]
    total = ((gamma.mean() - PRIOR.mean) / PRIOR.sd) ** 2
    total += ((gamma - gamma.mean()) ** 2).sum() / PRIOR.log_fc**2
    for j, i in np.ndindex(y.shape):
        if np.isfinite(y[j, i]):
            total += ((y[j, i] - mu[j, i]) / sigma[j]) ** 2
        else:
            chance = 1 - expit(CURVE[0] + CURVE[1] * (mu[j, i] + sigma[j] * NODES))
            total -= 2 * np.log(MASS @ chance / MASS.sum())
    return total / 2


def made(n_rows, n_samples=5, seed=1, missing=0.4):
    rng = np.random.default_rng(seed)
    y = rng.normal(6, 1, (3, n_rows, n_samples)) + rng.normal(0, 1, (3, n_rows, 1))
    y[rng.random(y.shape) < missing] = np.nan
    sigma = rng.uniform(0.3, 0.8, (3, n_rows))
    start = np.where(np.isfinite(y), y, 5.0)
    return y, sigma, start


@pytest.mark.parametrize("n_rows", [1, 2, 4])
def test_levels_are_the_optimum_that_a_general_optimiser_finds(n_rows):
    y, sigma, start = made(n_rows)
    levels, _ = protein_levels(y, sigma, start, CURVE, PRIOR)
    for p in range(3):
        theta = np.zeros(5 + n_rows - 1)
        theta[:5] = 5.5
        found = minimize(loss, theta, args=(y[p], sigma[p]), method="BFGS", options={"gtol": 1e-8})
        assert_allclose(levels[p], found.x[:5], atol=2e-5)


@pytest.mark.parametrize("n_rows", [1, 2, 4])
def test_standard_errors_are_from_the_whole_inverse_hessian(n_rows):
    y, sigma, start = made(n_rows, seed=2)
    levels, errors = protein_levels(y, sigma, start, CURVE, PRIOR)
    for p in range(3):
        theta = np.append(levels[p], np.zeros(n_rows - 1))
        inside = lambda d, at=levels[p], k=p: loss(np.append(at, d), y[k], sigma[k])  # noqa: E731
        if n_rows > 1:
            theta[5:] = minimize(inside, theta[5:], method="BFGS", options={"gtol": 1e-9}).x
        step, size = 1e-4, len(theta)
        hessian = np.empty((size, size))
        for a, b in np.ndindex(size, size):
            shifts = [(sa, sb) for sa in (1, -1) for sb in (1, -1)]
            hessian[a, b] = sum(
                sa
                * sb
                * loss(theta + step * (sa * np.eye(size)[a] + sb * np.eye(size)[b]), y[p], sigma[p])
                for sa, sb in shifts
            ) / (4 * step**2)
        expected = np.sqrt(np.diag(np.linalg.inv(hessian))[:5])
        assert_allclose(errors[p], expected, rtol=2e-4)


def test_results_do_not_depend_on_threads_or_on_other_proteins():
    one = pl.dpc_quant(DATA, "Protein", dpc=CURVE, n_jobs=1)
    assert np.array_equal(one.E, QUANT.E)
    y, sigma, start = made(3)
    every = protein_levels(y, sigma, start, CURVE, PRIOR)[0]
    assert_allclose(protein_levels(y[1:2], sigma[1:2], start[1:2], CURVE, PRIOR)[0][0], every[1])


def test_proteins_are_labelled_sorted_and_counted():
    assert list(QUANT.row_names) == sorted(set(DATA.genes["Protein"]))
    assert (QUANT.genes["NPrec"] == 4).all()
    seen = np.isfinite(DATA.E).reshape(30, 4, 10)
    assert_allclose(QUANT.other["n_observations"], seen.sum(axis=1))
    assert_allclose(QUANT.genes["PropObs"], seen.mean(axis=(1, 2)))
    assert list(QUANT.genes.columns) == ["DEStatus", "NPrec", "PropObs"]
    assert QUANT.targets.equals(DATA.targets)


def test_columns_that_vary_within_a_protein_are_left_out():
    data = DATA.replace(genes=DATA.genes.assign(peptide=range(120)))
    assert "peptide" not in pl.dpc_quant(data, "Protein", dpc=CURVE).genes


def test_rows_may_come_in_any_order_and_as_a_frame():
    order = np.random.default_rng(2).permutation(120)
    shuffled = pl.dpc_quant(DATA.subset(order), "Protein", dpc=CURVE)
    assert_allclose(shuffled.E, QUANT.E, atol=1e-8)
    frame = pl.dpc_quant(DATA.frame(), DATA.genes["Protein"], dpc=CURVE)
    assert_allclose(frame.E, QUANT.E)


def test_rows_that_were_never_detected_count_as_one():
    y = np.array([[7.0, 8.0, np.nan], [np.nan] * 3, [np.nan] * 3, [6.0, np.nan, 6.5]])
    both = pl.dpc_quant(y, list("aaaa"), dpc=CURVE)
    assert both.genes["NPrec"].tolist() == [4]
    assert np.isfinite(both.E).all()


def test_more_missing_precursors_mean_larger_errors_and_lower_levels():
    y = np.full((4, 6), 8.0) + np.arange(4)[:, None] * 0.1
    y[1:, 3:] = np.nan
    found = pl.dpc_quant(np.vstack([y, y[:, ::-1] - 2]), list("aaaabbbb"), dpc=CURVE)
    errors = found.other["standard_error"][0]
    assert errors[3:].min() > errors[:3].max()
    assert found.E[0, 3:].max() < found.E[0, :3].min()


def test_missing_in_nine_of_ten_never_pulls_levels_to_zero():
    rng = np.random.default_rng(4)
    y = rng.normal(20, 1, (200, 10))
    y[rng.random(y.shape) < 0.9] = np.nan
    found = pl.dpc_quant(y, np.repeat(range(50), 4), dpc=(-12, 0.6))
    assert found.E.min() > 10


def test_single_rows_are_quantified_by_themselves():
    with pytest.warns(Note, match="each is quantified by itself"):
        found = pl.dpc_quant(DATA, np.arange(120), dpc=CURVE)
    alone = pl.dpc_quant_by_row(DATA, dpc=CURVE)
    assert_allclose(found.E, alone.E)
    seen = np.isfinite(DATA.E)
    assert np.abs(alone.E - DATA.E)[seen].max() < 1e-3
    assert list(alone.row_names) == list(DATA.row_names)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: pl.dpc_quant(DATA), UnknownNameError, "'Protein.Group'.*'Protein'"),
        (
            lambda: pl.dpc_quant(DATA, [None, *range(119)]),
            InputError,
            "missing for rows 'Peptide001'",
        ),
        (lambda: pl.dpc_quant(DATA, "Protein", dpc=(1, 2, 3)), ShapeError, "intercept and a slope"),
        (lambda: pl.dpc_quant(DATA, "Protein", dpc=(-4, -1)), InputError, "must not be negative"),
        (
            lambda: pl.dpc_quant(DATA.other["E_complete"], np.arange(120) // 4),
            InputError,
            "intercept",
        ),
        (lambda: pl.dpc_quant(DATA[:, :1], "Protein", dpc=CURVE), InputError, "single sample"),
        (lambda: pl.dpc_quant_by_row(DATA[:, :1], dpc=CURVE), InputError, "single sample"),
        (lambda: pl.dpc_de(DATA), InputTypeError, "standard errors"),
        (lambda: pl.dpc_de(QUANT, imputed=1), InputError, "comes from the levels"),
        (lambda: pl.filter_by_detection(DATA), InputTypeError, "n_observations"),
    ],
)
def test_wrong_input_is_told_what_to_do(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_proteins_detected_in_enough_samples_are_marked():
    mask = pl.filter_by_detection(QUANT, 10, 2)
    assert np.array_equal(mask, (QUANT.other["n_observations"] >= 2).all(axis=1))


def test_proteins_with_known_changes_are_found_and_others_hardly():
    data = pl.sim_protein_data_set(n_peptides=2000, fc=4, rng=5)
    levels = pl.dpc_quant(data, "Protein", dpc=pl.dpc_on(data))
    fit = pl.e_bayes(pl.dpc_de(levels, "~ group"))
    table = pl.top_table(fit, coef=1, number=None, sort_by="none")
    truth = levels.genes["DEStatus"].to_numpy()
    called = (table["adj_p_value"] < 0.05).to_numpy()
    assert (called & (truth == "NotDE")).sum() <= 0.1 * max(called.sum(), 1)
    assert called[truth != "NotDE"].mean() > 0.6
    assert (table["log_fc"][truth == "Up"].mean() > 1) & (
        table["log_fc"][truth == "Down"].mean() < -1
    )


def test_distances_of_levels_allow_for_their_errors():
    result = pl.mds(QUANT, top=10)
    e, s = QUANT.E, QUANT.other["standard_error"]
    squared = np.zeros((10, 10))
    for i, k in np.ndindex(10, 10):
        ratio = (e[:, i] - e[:, k]) ** 2 / (s[:, i] ** 2 + s[:, k] ** 2)
        squared[i, k] = np.sort(ratio)[-10:].mean() if i != k else 0
    row = squared.mean(axis=1, keepdims=True)
    centred = squared - row - squared.mean(axis=0) + squared.mean()
    assert_allclose(result.distance_matrix_squared, centred)
