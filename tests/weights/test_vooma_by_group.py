"""Precision weights of log-intensities with a trend for each group."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import EstimationWarning, InputError, ShapeError

RNG = np.random.default_rng(22)
LEVEL = np.linspace(4, 13, 120)[:, None]
Y = pd.DataFrame(
    LEVEL + RNG.normal(size=(120, 9)) / LEVEL * ([1] * 4 + [3] * 5),
    columns=[f"s{k}" for k in range(9)],
)
GROUP = np.array(list("xxxxyyyyy"))


def test_each_group_is_treated_as_by_vooma():
    found = pylimma.vooma_by_group(Y, GROUP)
    for k, level in enumerate("xy"):
        own = level == GROUP
        alone = pylimma.vooma(Y.loc[:, own], save_plot=True)
        np.testing.assert_allclose(found["weights"][:, own], alone["weights"], rtol=1e-12)
        np.testing.assert_allclose(found["voom_xy"].x[:, k], alone["voom_xy"].x)
        np.testing.assert_allclose(found["voom_xy"].y[:, k], alone["voom_xy"].y)
    assert list(found.frame("design").columns) == ["groupx", "groupy"]
    assert found["span"] == pylimma.choose_lowess_span(120)


def test_blocks_and_design_are_divided_among_the_groups():
    block, half = list("aabbccdde"), np.array([0.0, 1, 0, 1, 0, 1, 0, 1, 0])
    design = np.column_stack([GROUP == "x", GROUP == "y", half]).astype(float)
    found = pylimma.vooma_by_group(Y, GROUP, design, block=block, correlation=0.2)
    for level in "xy":
        own = np.flatnonzero(level == GROUP)
        alone = pylimma.vooma(
            Y.iloc[:, own],
            design[np.ix_(own, [0 if level == "x" else 1, 2])],
            block=[block[k] for k in own],
            correlation=0.2,
        )
        np.testing.assert_allclose(found["weights"][:, own], alone["weights"], rtol=1e-9)


def test_a_single_sample_takes_its_weights_from_all_samples():
    group = [*"xxxxyyyy", "z"]
    found = pylimma.vooma_by_group(Y, group)
    design = pd.get_dummies(pd.Series(group)).to_numpy(dtype=float)
    whole = pylimma.vooma(Y, design)
    np.testing.assert_allclose(found["weights"][:, 8], whole["weights"][:, 8], rtol=1e-10)


def test_order_of_the_levels_of_a_factor_is_kept():
    group = pd.Categorical(GROUP, categories=["y", "unused", "x"])
    found = pylimma.vooma_by_group(Y, group)
    assert list(found.frame("design").columns) == ["groupy", "groupx"]
    np.testing.assert_array_equal(found["weights"], pylimma.vooma_by_group(Y, GROUP)["weights"])


def test_without_any_replication_all_weights_are_one():
    with pytest.warns(EstimationWarning, match="fewer than two genes with residual degrees"):
        assert (pylimma.vooma_by_group(Y, range(9))["weights"] == 1).all()


def test_picture_shows_a_trend_for_each_group(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "pylimma.weights.vooma_by_group.draw", lambda name, **data: drawn.append((name, data))
    )
    pylimma.vooma_by_group(Y, GROUP, plot=True, legend=False)
    ((name, data),) = drawn
    assert name == "group_trends"
    assert list(data["points"]) == list(data["lines"]) == ["x", "y"]
    assert data["legend"] is False


@pytest.mark.parametrize(
    ("group", "options", "error", "message"),
    [
        (list("xy"), {}, ShapeError, "`group` has 2 values; there are 9 samples"),
        ([None, *"xxxxyyyy"], {}, InputError, "`group` is missing for samples 's0'"),
        (GROUP, {"block": GROUP}, InputError, "`block` needs its correlation"),
    ],
)
def test_what_cannot_be_used_is_refused(group, options, error, message):
    with pytest.raises(error, match=message):
        pylimma.vooma_by_group(Y, group, **options)
