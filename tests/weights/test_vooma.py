"""Precision weights of log-intensities."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import EstimationWarning, InputError, InputTypeError, ShapeError

N_GENES, N_SAMPLES = 150, 8
RNG = np.random.default_rng(21)
LEVEL = np.linspace(4, 13, N_GENES)[:, None]
PEPTIDES = RNG.integers(1, 20, N_GENES).astype(float)
Y = pd.DataFrame(
    LEVEL + RNG.normal(size=(N_GENES, N_SAMPLES)) * 3 / LEVEL * PEPTIDES[:, None] ** -0.3,
    index=[f"p{k}" for k in range(N_GENES)],
    columns=[f"s{k}" for k in range(N_SAMPLES)],
)
DESIGN = pd.DataFrame({"all": 1.0, "treated": [0.0, 0, 0, 0, 1, 1, 1, 1]}, index=Y.columns)
BLOCK = list("aabbccdd")


def slow_weights(y, design, predictor=None, correlation=0.0):
    """Generalised least squares, lowess and interpolation, gene by gene; no missing values."""
    same = np.equal.outer(BLOCK, BLOCK) if correlation else np.eye(len(design), dtype=bool)
    root = np.linalg.cholesky(
        np.where(same, correlation, 0) + (1 - correlation) * np.eye(len(design))
    )
    x = np.linalg.solve(root, design)
    z = np.linalg.solve(root, y.T)
    coefficients, rss = np.linalg.lstsq(x, z, rcond=None)[:2]
    deviation = (rss / (len(design) - np.linalg.matrix_rank(design))) ** 0.25
    at, size = (design @ coefficients).T, y.mean(axis=1)
    if predictor is not None:
        matrix = np.broadcast_to(predictor.reshape(len(y), -1), y.shape)
        terms = np.column_stack([np.ones(len(y)), size, matrix.mean(axis=1)])
        b = np.linalg.lstsq(terms, deviation, rcond=None)[0]
        at, size = b[0] + b[1] * at + b[2] * matrix, terms @ b
    line = pylimma.lowess(size, deviation, f=pylimma.choose_lowess_span(len(y)))
    return np.interp(at, line.x, line.y) ** -4.0


@pytest.mark.parametrize(
    "predictor",
    [None, PEPTIDES, RNG.normal(size=Y.shape)],
    ids=["expression alone", "by gene", "by observation"],
)
@pytest.mark.parametrize("correlation", [0.0, 0.4])
def test_weights_are_those_of_a_slow_twin(predictor, correlation):
    blocks = {"block": BLOCK, "correlation": correlation} if correlation else {}
    found = pylimma.vooma(Y, DESIGN, predictor=predictor, **blocks)
    expected = slow_weights(Y.to_numpy(), DESIGN.to_numpy(), predictor, correlation)
    np.testing.assert_allclose(found["weights"], expected, rtol=1e-9)
    assert list(found.frame("weights").index) == list(Y.index)
    assert list(found.frame("design").columns) == ["all", "treated"]


def test_a_redundant_column_of_the_design_changes_nothing():
    double = DESIGN.assign(again=DESIGN["treated"] * 2)
    with pytest.warns(UserWarning, match="not estimable: 'again'"):
        found = pylimma.vooma(Y, double)
    np.testing.assert_allclose(found["weights"], pylimma.vooma(Y, DESIGN)["weights"], rtol=1e-10)


def test_a_missing_value_is_left_out_of_its_gene():
    holed = Y.copy()
    holed.iloc[::10, 0] = np.nan
    found = pylimma.vooma(holed, DESIGN, save_plot=True)
    fit = pylimma.lm_fit(holed, DESIGN)
    np.testing.assert_allclose(found["voom_xy"].x, holed.mean(axis=1))
    np.testing.assert_allclose(found["voom_xy"].y, np.sqrt(fit["sigma"]))
    assert np.isfinite(found["weights"]).all()


def test_span_is_chosen_from_the_number_of_genes_or_given():
    assert pylimma.vooma(Y)["span"] == pylimma.choose_lowess_span(N_GENES, 50, 0.3, 1 / 3)
    legacy = pylimma.vooma(Y, legacy_span=True)["span"]
    assert legacy == pytest.approx(0.3 + 0.7 * np.sqrt(10 / N_GENES))
    assert pylimma.vooma(Y, span=0.45)["span"] == 0.45


def test_components_of_an_elist_are_kept_and_its_design_is_used():
    genes = pd.DataFrame({"symbol": [f"S{k}" for k in range(N_GENES)]}, index=Y.index)
    data = pylimma.EList(E=Y, genes=genes, design=DESIGN)
    found = pylimma.vooma(data)
    assert found["genes"].equals(genes)
    np.testing.assert_array_equal(found["weights"], pylimma.vooma(Y, DESIGN)["weights"])
    assert "weights" not in data
    mean = pylimma.vooma(data, np.ones((N_SAMPLES, 1)))
    assert mean["design"].shape == (N_SAMPLES, 1)


def test_a_formula_speaks_of_the_table_of_samples_which_is_kept():
    table = pd.DataFrame({"dose": ["lo"] * 4 + ["hi"] * 4}, index=Y.columns)
    for data in (Y, pylimma.EList(E=Y)):
        found = pylimma.vooma(data, "~ dose", samples=table.iloc[::-1], reference={"dose": "lo"})
        np.testing.assert_allclose(found["weights"], pylimma.vooma(Y, DESIGN)["weights"])
        assert list(found["targets"]["dose"]) == list(table["dose"])


def test_a_predictor_is_matched_by_name():
    shuffled = pd.Series(PEPTIDES, index=Y.index).sample(frac=1, random_state=1)
    found = pylimma.vooma(Y, DESIGN, predictor=shuffled)
    np.testing.assert_array_equal(
        found["weights"], pylimma.vooma(Y, DESIGN, predictor=PEPTIDES)["weights"]
    )


def test_result_does_not_depend_on_threads():
    one, four = (pylimma.vooma(Y, DESIGN, predictor=PEPTIDES, n_jobs=n) for n in (1, 4))
    np.testing.assert_array_equal(one["weights"], four["weights"])


def test_without_replication_all_weights_are_one():
    with pytest.warns(EstimationWarning, match="fewer than two genes with residual degrees"):
        assert (pylimma.vooma(Y, np.eye(N_SAMPLES))["weights"] == 1).all()


def test_picture_shows_the_trend(monkeypatch):
    drawn = []
    monkeypatch.setattr("pylimma.weights.trend.draw", lambda _, **data: drawn.append(data))
    pylimma.vooma(Y, DESIGN, predictor=PEPTIDES, plot=True)
    assert drawn[0]["xlab"] == "Combined predictor"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"block": BLOCK}, InputError, r"`vooma_lm_fit\(y, design, block=block\)` estimates both"),
        ({"correlation": 0.1}, InputError, "without the `block`"),
        ({"predictor": [1.0, 2.0]}, ShapeError, "`predictor` has 2 values; there are 150 genes"),
        ({"predictor": np.ones((150, 3))}, ShapeError, r"has shape \(150, 3\); allowed are"),
        ({"predictor": np.full(150, np.nan)}, InputError, "missing for 1200 observations"),
        ({"span": 0}, InputError, "`span` must be finite and above 0"),
    ],
)
def test_what_cannot_be_used_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        pylimma.vooma(Y, DESIGN, **options)


@pytest.mark.parametrize("function", [pylimma.vooma, pylimma.vooma_lm_fit])
def test_data_without_enough_genes_samples_or_values_are_refused(function):
    unseen = Y.copy()
    unseen.loc["p7"] = np.nan
    with pytest.raises(InputError, match="no values for genes 'p7'"):
        function(unseen, DESIGN)
    with pytest.raises(InputError, match="at least two genes and two samples; `y` has 1 genes"):
        function(Y.iloc[:1], DESIGN)
    with pytest.raises(InputError, match="and 1 samples"):
        function(Y.iloc[:, :1])
    with pytest.raises(InputTypeError, match="raw intensities"):
        function(pylimma.EListRaw(E=Y), DESIGN)


def test_a_group_without_values_costs_a_gene_nothing_elsewhere():
    rng = np.random.default_rng(5)
    y = rng.normal(20, 1, (60, 1)) + rng.normal(0, 0.3, (60, 9))
    design = np.repeat(np.eye(3), 3, axis=0)
    y[:4, 6:] = np.nan
    weights = pylimma.vooma(y, design)["weights"]
    assert np.isfinite(weights[:, :6]).all()
    assert np.array_equal(np.isnan(weights).any(axis=1), np.arange(60) < 4)
    fit = pylimma.contrasts_fit(pylimma.vooma_lm_fit(y, design), [-1, 1, 0])
    assert np.isfinite(pylimma.e_bayes(fit)["p_value"]).all()


@pytest.mark.filterwarnings("ignore::pylimma.errors.Note")
def test_a_gene_without_the_reference_group_has_the_weights_of_the_others():
    rng = np.random.default_rng(6)
    y = rng.normal(20, 1, (60, 1)) + rng.normal(0, 0.3, (60, 9))
    y[:4, :3] = np.nan
    means = np.repeat(np.eye(3), 3, axis=0)
    treatment = np.column_stack([np.ones(9), means[:, 1:]])
    one, other = (pylimma.vooma(y, design)["weights"] for design in (means, treatment))
    assert np.allclose(one[:, 3:], other[:, 3:])
    fits = [
        pylimma.contrasts_fit(pylimma.vooma_lm_fit(y, design), contrast)
        for design, contrast in ((means, [0, -1, 1]), (treatment, [0, -1, 1]))
    ]
    found = [pylimma.e_bayes(fit)["t"] for fit in fits]
    assert np.isfinite(found[0]).all()
    assert np.allclose(found[0], found[1])
