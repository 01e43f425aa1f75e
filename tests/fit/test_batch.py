"""Batch effects taken out, and hidden ones found."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputWarning, Note, ShapeError

pytestmark = pytest.mark.filterwarnings("ignore:Neither `design` nor `group`:pylimma.errors.Note")
BATCH = list("xyxyxy")
GROUP = list("aabbaa")


@pytest.fixture
def y():
    return np.random.default_rng(9).normal(5, 1, size=(10, 6))


def test_a_pure_batch_effect_disappears():
    y = np.array([[1.0, 3.0, 1.0, 3.0, 1.0, 3.0]])
    np.testing.assert_allclose(pylimma.remove_batch_effect(y, BATCH), np.full((1, 6), 2.0))


def test_one_group_is_assumed_aloud(y):
    with pytest.warns(Note, match="all samples are taken for one group"):
        pylimma.remove_batch_effect(y, BATCH)


def test_means_of_genes_stay(y):
    cleaned = pylimma.remove_batch_effect(y, BATCH, covariates=np.arange(6.0) ** 2)
    np.testing.assert_allclose(cleaned.mean(axis=1), y.mean(axis=1))


def test_nothing_of_the_batch_is_left(y):
    cleaned = pylimma.remove_batch_effect(y, BATCH, group=GROUP)
    design = np.column_stack([np.ones(6), np.array(GROUP) == "b", np.tile([1, -1], 3)])
    left = np.linalg.lstsq(design, cleaned.T, rcond=None)[0][2]
    np.testing.assert_allclose(left, 0, atol=1e-13)


def test_what_the_design_keeps_is_kept(y):
    design = np.column_stack([np.ones(6), np.array(GROUP) == "b"]).astype(float)
    cleaned = pylimma.remove_batch_effect(y, BATCH, design=design)
    both = np.column_stack([design, np.tile([1, -1], 3)])
    before, after = (np.linalg.lstsq(both, x.T, rcond=None)[0][:2] for x in (y, cleaned))
    np.testing.assert_allclose(before, after)


def test_the_kind_that_was_given_comes_back(y):
    frame = pd.DataFrame(y, index=[f"g{k}" for k in range(10)], columns=list("abcdef"))
    cleaned = pylimma.remove_batch_effect(frame, BATCH)
    assert isinstance(cleaned, pd.DataFrame)
    assert list(cleaned.columns) == list("abcdef")
    elist = pylimma.remove_batch_effect(pylimma.EList(E=frame), BATCH)
    np.testing.assert_array_equal(elist["E"], cleaned)


def test_without_anything_to_remove_the_data_come_back(y):
    cleaned = pylimma.remove_batch_effect(y)
    np.testing.assert_array_equal(cleaned, y)
    assert type(cleaned) is type(y)


def test_a_confounded_batch_is_shown_with_its_table(y):
    with pytest.warns(InputWarning, match="(?s)confounded.*batch.*x.*y"):
        cleaned = pylimma.remove_batch_effect(y, BATCH, group=BATCH)
    np.testing.assert_allclose(cleaned, y)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"batch": list("xy")}, ShapeError, "`batch` has 2 values; there are 6 samples"),
        ({"batch": ["x"] * 6}, InputError, "single level, 'x'"),
        ({"batch": ["x", None, "x", "y", "y", "y"]}, InputError, "is missing for samples"),
        ({"covariates": np.ones((5, 1))}, ShapeError, r"shape \(5, 1\)"),
    ],
)
def test_batches_that_do_not_fit_are_refused(y, arguments, error, message):
    with pytest.raises(error, match=message):
        pylimma.remove_batch_effect(y, **arguments)


def test_a_hidden_batch_is_found():
    rng = np.random.default_rng(10)
    hidden = np.tile([1.0, -1.0], 5)
    y = rng.normal(size=(300, 10)) + np.outer(rng.normal(0, 2, 300), hidden)
    design = np.column_stack([np.ones(10), np.repeat([0.0, 1.0], 5)])
    for by_sd in (False, True):
        found = pylimma.wsva(y, design, weight_by_sd=by_sd)
        assert list(found.columns) == ["SV1"]
        assert abs(np.corrcoef(found["SV1"], hidden)[0, 1]) > 0.9
        assert np.mean(found["SV1"] ** 2) == pytest.approx(1)


def test_no_more_surrogates_than_degrees_of_freedom(y):
    assert pylimma.wsva(y, np.ones((6, 1)), n_sv=20).shape == (6, 5)
    with pytest.raises(InputError, match="no residual degrees"):
        pylimma.wsva(y, np.eye(6))
    with pytest.raises(InputError, match="missing values"):
        pylimma.wsva(np.where(y > 6, np.nan, y), np.ones((6, 1)))


GENE, SAMPLE = np.arange(1, 13)[:, None], np.arange(1, 7)
WAVES = np.sin(GENE * SAMPLE) + np.cos(GENE**2) * SAMPLE**2 / 9
UNEVEN = 1 + (GENE * SAMPLE) % 5 / 2
PAIRS = {"block": [1, 1, 2, 2, 3, 3], "correlation": 0.4}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"weights": UNEVEN[0]},
            [0.034293787, -0.04957262, -0.450011249, -0.810727147, -1.214483458, -1.913532804],
        ),
        (
            {"weights": UNEVEN},
            [-0.000052603, -0.026745115, -0.464179707, -0.751174651, -1.194616295, -1.947421487],
        ),
        (
            PAIRS,
            [0.022075762, -0.047175698, -0.442833391, -0.802435354, -1.209134738, -1.92231017],
        ),
        (
            PAIRS | {"weights": UNEVEN},
            [-0.02789292, -0.004792448, -0.474919516, -0.73469021, -1.158255445, -1.972897638],
        ),
        (
            {"weights": UNEVEN, "weight_by_sd": True},
            [-0.088683191, 0.09581196, -0.499176899, -0.727469888, -1.076372681, -2.011463944],
        ),
    ],
)
def test_surrogates_under_weights_and_blocks_are_those_of_limma(options, expected):
    design = np.column_stack([np.ones(6), [0, 1] * 3])
    found = pylimma.wsva(WAVES, design, **options)["SV1"].to_numpy()
    np.testing.assert_allclose(found * np.sign(found[-1] * expected[-1]), expected, atol=2e-9)


def test_weights_and_blocks_are_the_whitened_data_to_surrogates():
    design = np.column_stack([np.ones(6), [0, 1] * 3])
    same_block = np.equal.outer(PAIRS["block"], PAIRS["block"])
    covariance = np.where(same_block, 0.4, 0.0) + 0.6 * np.eye(6)
    root = np.linalg.inv(np.linalg.cholesky(covariance)) * np.sqrt(UNEVEN[0])
    x, y = root @ design, WAVES @ root.T
    residuals = y - y @ x @ np.linalg.pinv(x)
    surrogate = np.linalg.svd(residuals)[0][:, 0] @ WAVES
    surrogate /= np.sqrt((surrogate**2).mean())
    for weights in (UNEVEN[0], np.tile(UNEVEN[0], (12, 1))):
        found = pylimma.wsva(WAVES, design, weights=weights, **PAIRS)["SV1"].to_numpy()
        np.testing.assert_allclose(np.abs(found), np.abs(surrogate), rtol=1e-9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"block": [1, 1, 2, 2, 3, 3]}, "need their correlation"),
        ({"correlation": 0.3}, "`correlation` goes with `block`"),
        ({"weights": np.r_[0.0, np.ones(5)]}, "some `weights` are zero or missing"),
    ],
)
def test_surrogates_need_complete_precision(options, message):
    with pytest.raises(InputError, match=message):
        pylimma.wsva(WAVES, np.ones((6, 1)), **options)
