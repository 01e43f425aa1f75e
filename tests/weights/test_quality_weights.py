"""Counts with weights of observations and of samples."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import EstimationWarning, InputError, InputTypeError, Note

RNG = np.random.default_rng(3)
NOISE = RNG.normal(size=(250, 8)) * np.array([0.3, 0.3, 0.3, 1, 0.3, 0.3, 0.2, 0.3])
COUNTS = pd.DataFrame(
    RNG.poisson(np.geomspace(5, 800, 250)[:, None] * np.exp(NOISE)),
    index=[f"g{k}" for k in range(250)],
    columns=[f"s{k}" for k in range(8)],
)
DESIGN = pd.DataFrame({"all": 1.0, "treated": [0, 0, 0, 0, 1, 1, 1, 1]}, index=COUNTS.columns)


@pytest.mark.parametrize("method", ["genebygene", "reml", "auto"])
@pytest.mark.parametrize("blocks", [{}, {"block": list("abcdabcd"), "correlation": 0.3}])
def test_result_is_that_of_voom_and_array_weights_in_turn(method, blocks):
    found = pylimma.voom_with_quality_weights(COUNTS, DESIGN, method=method, **blocks)
    quality = None
    for _ in range(2):
        v = pylimma.voom(COUNTS, DESIGN, weights=quality, **blocks)
        quality = pylimma.array_weights(v, DESIGN, method=method)
    np.testing.assert_allclose(found["weights"], v["weights"] * quality.to_numpy(), rtol=1e-12)
    np.testing.assert_array_equal(found["sample_weights"], quality)
    np.testing.assert_array_equal(found["targets"]["sample_weights"], quality)
    assert found["span"] == v["span"]
    assert found["sample_weights"].argmin() == 3


def test_result_does_not_depend_on_threads():
    one = pylimma.voom_with_quality_weights(COUNTS, DESIGN, n_jobs=1)
    three = pylimma.voom_with_quality_weights(COUNTS, DESIGN, n_jobs=3)
    np.testing.assert_array_equal(one["weights"], three["weights"])


def test_samples_in_another_order_get_the_same_weights():
    order = RNG.permutation(COUNTS.columns)
    found = pylimma.voom_with_quality_weights(COUNTS, DESIGN)
    other = pylimma.voom_with_quality_weights(COUNTS[order], DESIGN)
    np.testing.assert_allclose(
        other.frame("weights")[COUNTS.columns], found.frame("weights"), rtol=1e-8
    )


def test_blocks_are_matched_by_name():
    block = pd.Series(list("abcdabcd"), index=COUNTS.columns)
    found = pylimma.voom_with_quality_weights(COUNTS, DESIGN, block=block, correlation=0.3)
    other = pylimma.voom_with_quality_weights(
        COUNTS, DESIGN, block=block.iloc[::-1], correlation=0.3
    )
    np.testing.assert_array_equal(other["weights"], found["weights"])


def test_result_is_stored_in_an_anndata_on_request():
    anndata = pytest.importorskip("anndata")
    adata = anndata.AnnData(COUNTS.T.astype(float))
    found = pylimma.voom_with_quality_weights(adata, DESIGN, key_added="v")
    np.testing.assert_array_equal(adata.layers["v_weights"].T, found["weights"])
    with pytest.raises(InputTypeError, match="`key_added` stores results in an AnnData"):
        pylimma.voom_with_quality_weights(COUNTS, DESIGN, key_added="v")


def test_sample_weights_are_about_a_common_mean_where_the_design_comes_from_groups():
    y = pylimma.DGEList(counts=COUNTS, group=list("aaaabbbb"))
    with pytest.warns(Note, match="about a common mean"):
        found = pylimma.voom_with_quality_weights(y)
    quality = None
    for _ in range(2):
        v = pylimma.voom(COUNTS, DESIGN, weights=quality)
        quality = pylimma.array_weights(v, np.ones((8, 1)))
    np.testing.assert_allclose(found["weights"], v["weights"] * quality.to_numpy(), rtol=1e-8)


def test_samples_of_a_variance_group_share_their_weight():
    group = list("xxyyxxyy")
    found = pylimma.voom_with_quality_weights(COUNTS, DESIGN, var_group=group)
    assert found["targets"]["sample_weights"].groupby(group).nunique().eq(1).all()


def test_sample_weights_are_not_taken_for_genes_where_there_are_as_many_genes_as_samples():
    few = COUNTS.iloc[::32]
    assert few.shape == (8, 8)
    first = pylimma.array_weights(pylimma.voom(few, DESIGN), DESIGN, method="genebygene")
    v = pylimma.voom(few, DESIGN, weights=first.to_numpy()[None, :])
    quality = pylimma.array_weights(v, DESIGN, method="genebygene")
    found = pylimma.voom_with_quality_weights(few, DESIGN)
    np.testing.assert_allclose(found["weights"], v["weights"] * quality.to_numpy(), rtol=1e-10)


def test_without_replication_all_weights_are_one():
    with pytest.warns(EstimationWarning, match="fewer than two genes with residual degrees"):
        found = pylimma.voom_with_quality_weights(COUNTS, np.eye(8))
    assert (found["weights"] == 1).all()
    assert (found["sample_weights"] == 1).all()


def test_picture_shows_the_trend_and_the_weights(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "pylimma.weights.quality_weights.draw", lambda name, **data: drawn.append((name, data))
    )
    monkeypatch.setattr("pylimma.weights.trend.draw", lambda name, **_: drawn.append((name, {})))
    found = pylimma.voom_with_quality_weights(COUNTS, DESIGN, plot=True, save_plot=True, col="red")
    assert [name for name, _ in drawn] == ["voom_trend", "sample_weights"]
    assert drawn[1][1]["col"] == "red"
    assert found["voom_xy"].x.shape == (250,)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"block": list("abcdabcd")}, "`block` needs its correlation"),
        ({"correlation": 0.2}, "`correlation` is given without the `block`"),
        ({"method": "slow"}, "`method` must be one of"),
        ({"var_group": [1] * 8}, "at least two groups"),
    ],
)
def test_what_cannot_be_used_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        pylimma.voom_with_quality_weights(COUNTS, DESIGN, **options)
