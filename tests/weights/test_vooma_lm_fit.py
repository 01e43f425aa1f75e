"""Fits of log-intensities with the precision of observations and samples, and blocks."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import EstimationWarning, InputError, InputTypeError, InputWarning, ShapeError

N_GENES, N_SAMPLES = 160, 8
RNG = np.random.default_rng(31)
BLOCK = np.repeat(list("abcd"), 2)
LEVEL = np.linspace(4, 13, N_GENES)[:, None]
NOISE = RNG.normal(0, 1, (N_GENES, 4))[:, [0, 0, 1, 1, 2, 2, 3, 3]]
NOISE = NOISE + RNG.normal(size=(N_GENES, N_SAMPLES)) * [1, 1, 1, 3, 1, 1, 1, 1]
Y = pd.DataFrame(
    LEVEL + NOISE * 2 / LEVEL,
    index=[f"g{k}" for k in range(N_GENES)],
    columns=[f"s{k}" for k in range(N_SAMPLES)],
)
HOLED = Y.mask(RNG.random(Y.shape) < 0.04)
DESIGN = pd.DataFrame({"all": 1.0, "treated": [0.0, 1] * 4}, index=Y.columns)
PREDICTOR = RNG.normal(size=N_GENES)


def slow_twin(y, *, blocks, quality, predictor):
    """The method in words: public functions one after the other."""
    samples, correlation = None, None
    for _ in range(2 if blocks or quality else 1):
        block = BLOCK if correlation else None
        fit = pylimma.lm_fit(y, DESIGN, weights=samples, block=block, correlation=correlation)
        at, size = fit["coefficients"] @ DESIGN.T.to_numpy(), y.mean(axis=1).to_numpy()
        root = np.sqrt(fit["sigma"])
        if predictor is not None:
            terms = np.column_stack([np.ones(len(y)), size, predictor])
            b = np.linalg.lstsq(terms, root, rcond=None)[0]
            at, size = b[0] + b[1] * at + b[2] * predictor[:, None], terms @ b
        line = pylimma.lowess(size, root, f=pylimma.choose_lowess_span(len(y)))
        weights = np.interp(at, line.x, line.y) ** -4.0
        if quality:
            samples = pylimma.array_weights(y, DESIGN, weights)
            weights = weights * samples.to_numpy()
        if blocks:
            correlation = pylimma.duplicate_correlation(
                y, DESIGN, block=BLOCK, weights=weights
            ).consensus_correlation
    block = BLOCK if blocks else None
    return pylimma.lm_fit(y, DESIGN, weights=weights, block=block, correlation=correlation)


@pytest.mark.parametrize("y", [Y, HOLED], ids=["complete", "missing values"])
@pytest.mark.parametrize("quality", [False, True])
@pytest.mark.parametrize("blocks", [False, True])
@pytest.mark.parametrize("predictor", [None, PREDICTOR], ids=["no predictor", "predictor"])
def test_fit_is_that_of_a_slow_twin(y, quality, blocks, predictor):
    block = BLOCK if blocks else None
    found = pylimma.vooma_lm_fit(
        y, DESIGN, block=block, sample_weights=quality, predictor=predictor
    )
    expected = slow_twin(y, blocks=blocks, quality=quality, predictor=predictor)
    names = ["coefficients", "stdev_unscaled", "sigma", "df_residual", "Amean"]
    for name in [*names, *(["correlation"] if blocks else [])]:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, err_msg=name)
    assert ("n_observed" in found) == ("n_observed" in expected)


def test_blocks_and_poor_samples_are_found():
    fit = pylimma.vooma_lm_fit(Y, DESIGN, block=BLOCK, sample_weights=True)
    assert 0.3 < fit["correlation"] < 0.8
    assert fit["targets"]["sample_weight"].idxmin() == "s3"


def test_without_blocks_the_fit_is_that_of_vooma_and_lm_fit():
    found, expected = pylimma.vooma_lm_fit(Y, DESIGN), pylimma.lm_fit(pylimma.vooma(Y, DESIGN))
    np.testing.assert_allclose(found["sigma"], expected["sigma"], rtol=1e-12)
    assert list(found.row_names) == list(Y.index)
    assert list(found.col_names) == ["all", "treated"]
    assert list(pylimma.vooma_lm_fit(Y).col_names) == ["GrandMean"]


@pytest.mark.parametrize("shape", ["observations", "genes", "samples"])
def test_prior_weights_are_those_of_the_first_fit_and_a_factor_of_the_last(shape):
    full = RNG.uniform(0.5, 2, Y.shape)
    prior = {"observations": full, "genes": full[:, 0], "samples": full[0]}[shape]
    found = pylimma.vooma_lm_fit(Y, DESIGN, prior_weights=prior)
    fit = pylimma.lm_fit(Y, DESIGN, weights=prior)
    span = pylimma.choose_lowess_span(N_GENES)
    line = pylimma.lowess(Y.mean(axis=1), np.sqrt(fit["sigma"]), f=span)
    expected = np.interp(fit.fitted(), line.x, line.y) ** -4.0
    expected *= pylimma.as_matrix_weights(prior, Y.shape)
    np.testing.assert_allclose(found["EList"]["weights"], expected, rtol=1e-9)


def test_stored_weights_count_before_the_last_fit_only():
    stored = RNG.uniform(0.2, 5, Y.shape)
    found = pylimma.vooma_lm_fit(pylimma.EList(E=Y, weights=stored), DESIGN)
    prior = pylimma.vooma_lm_fit(Y, DESIGN, prior_weights=stored)
    np.testing.assert_allclose(found["EList"]["weights"] * stored, prior["EList"]["weights"])


def test_components_of_an_elist_are_kept():
    targets = pd.DataFrame({"batch": list("xyxyxyxy")}, index=Y.columns)
    data = pylimma.EList(E=Y, targets=targets, other={"n": np.ones(Y.shape)})
    fit = pylimma.vooma_lm_fit(data, DESIGN, var_group=targets["batch"])
    assert list(fit["targets"].columns) == ["batch", "sample_weight"]
    assert "n" in fit["EList"]["other"]
    assert fit["targets"]["sample_weight"].nunique() == 2
    assert "weights" not in data
    assert "EList" not in pylimma.vooma_lm_fit(data, DESIGN, keep_elist=False)


def test_a_predictor_may_be_missing_where_the_data_are():
    predictor = pd.DataFrame(RNG.normal(size=Y.shape), index=Y.index, columns=Y.columns)
    found = pylimma.vooma_lm_fit(HOLED, DESIGN, predictor=predictor.where(HOLED.notna()))
    np.testing.assert_array_equal(np.isnan(found["EList"]["weights"]), HOLED.isna())
    assert np.isfinite(found["coefficients"]).all()


def test_result_does_not_depend_on_threads():
    one, four = (
        pylimma.vooma_lm_fit(HOLED, DESIGN, block=BLOCK, sample_weights=True, n_jobs=n)
        for n in (1, 4)
    )
    np.testing.assert_array_equal(one["stdev_unscaled"], four["stdev_unscaled"])


def test_blocks_within_the_design_are_recorded_with_correlation_zero():
    with pytest.warns(InputWarning, match="the design already contains the blocks"):
        found = pylimma.vooma_lm_fit(Y, np.equal.outer(BLOCK, list("abcd")), block=BLOCK)
    assert found["correlation"] == 0


def test_without_replication_the_fit_has_no_weights():
    with pytest.warns(EstimationWarning, match="fewer than two genes with residual degrees"):
        assert "EList" not in pylimma.vooma_lm_fit(Y, np.eye(N_SAMPLES))


def test_fit_is_stored_in_an_anndata_on_request():
    anndata = pytest.importorskip("anndata")
    adata = anndata.AnnData(Y.T.astype(float))
    fit = pylimma.vooma_lm_fit(adata, DESIGN, block=BLOCK, key_added="limma")
    kept = pylimma.fit_from_anndata(adata)
    np.testing.assert_array_equal(kept["sigma"], fit["sigma"])
    assert kept["correlation"] == fit["correlation"]
    with pytest.raises(InputTypeError, match="`key_added` stores results in an AnnData"):
        pylimma.vooma_lm_fit(Y, DESIGN, key_added="limma")


def test_picture_shows_the_trend(monkeypatch):
    drawn = []
    monkeypatch.setattr("pylimma.weights.trend.draw", lambda _, **data: drawn.append(data))
    fit = pylimma.vooma_lm_fit(Y, DESIGN, plot=True, save_plot=True)
    assert drawn[0]["xlab"] == fit["voom_xy"].xlab == "Average log2 expression"
    assert fit["voom_line"].col == "red"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"block": [1, 2]}, ShapeError, "`block` has 2 values"),
        (
            {"prior_weights": np.ones(8), "var_group": list("xyxyxyxy")},
            InputError,
            "`prior_weights` are given together with",
        ),
        ({"predictor": np.full(N_GENES, np.nan)}, InputError, "`predictor` is missing"),
        ({"span": -1}, InputError, "`span` must be finite and above 0"),
    ],
)
def test_what_cannot_be_used_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        pylimma.vooma_lm_fit(Y, DESIGN, **options)


def test_covariances_of_genes_are_kept_unless_they_are_not_wanted():
    design = DESIGN.assign(slope=np.linspace(-1, 2, N_SAMPLES) ** 2)
    assert pylimma.vooma_lm_fit(Y, design)["cov_by_gene"].shape == (N_GENES, 6)
    assert "cov_by_gene" not in pylimma.vooma_lm_fit(Y, design, keep=())
