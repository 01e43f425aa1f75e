"""Effects of designs and contrasts against NumPy's factors of one gene at a time."""

import numpy as np
import pytest

from pylimma.numerics.regression.effects import contrast_last, effects, residual_effects
from pylimma.numerics.regression.linalg import factor_design

EXACT = {"rtol": 1e-9, "atol": 1e-12}  # sums over a dozen values


@pytest.fixture
def data():
    rng = np.random.default_rng(3)
    design = np.column_stack([np.ones(9), np.arange(9) % 3 == 1, np.arange(9) % 3 == 2])
    return rng.normal(size=(20, 9)), design.astype(float), rng.uniform(0.2, 4, size=(20, 9))


def choose_weights(kind, weights):
    return {"none": None, "by sample": weights[0], "by observation": weights}[kind]


def of_one_gene(y, design, w):
    """Effects by the QR of a gene's own weighted design, signs those of the coefficients' rows."""
    q, r = np.linalg.qr(np.sqrt(w)[:, None] * design, mode="complete")
    n_coefs = design.shape[1]
    z = q.T @ (np.sqrt(w) * y)
    z[:n_coefs] *= np.sign(np.diag(r[:n_coefs]))
    return z


@pytest.mark.parametrize("kind", ["none", "by sample", "by observation"])
def test_effects_are_those_of_each_genes_own_factors(data, kind):
    y, design, weights = data
    given = choose_weights(kind, weights)
    found = effects(y, factor_design(design), given)
    rows = np.broadcast_to(1.0 if given is None else given, y.shape)
    expected = np.array([of_one_gene(*gene) for gene in zip(y, [design] * 20, rows, strict=True)])
    np.testing.assert_allclose(found[:, :3], expected[:, :3], **EXACT)
    np.testing.assert_allclose(
        (found[:, 3:] ** 2).sum(axis=1), (expected[:, 3:] ** 2).sum(axis=1), **EXACT
    )


@pytest.mark.parametrize("kind", ["none", "by sample", "by observation"])
@pytest.mark.parametrize("contrast", [[0, 1, 0], [0, -1, 1], [1, 0.5, -2], [0, 0, -1]])
def test_the_effect_of_a_contrast_is_t_times_sigma(data, kind, contrast):
    y, design, weights = data
    given, contrast = choose_weights(kind, weights), np.array(contrast, dtype=float)
    z = effects(y, contrast_last(factor_design(design), contrast), given)
    rows = np.broadcast_to(1.0 if given is None else given, y.shape)
    for gene, w, found in zip(y, rows, z, strict=True):
        inverse = np.linalg.inv(design.T @ (w[:, None] * design))
        beta = inverse @ design.T @ (w * gene)
        unscaled = np.sqrt(contrast @ inverse @ contrast)
        np.testing.assert_allclose(found[2], contrast @ beta / unscaled, **EXACT)
        rss = (w * (gene - design @ beta) ** 2).sum()
        np.testing.assert_allclose((found[3:] ** 2).sum(), rss, **EXACT)


def test_a_redundant_column_has_no_effect_of_its_own(data):
    y, design, _ = data
    redundant = factor_design(np.column_stack([design[:, 0], 2 * design[:, 0], design[:, 1:]]))
    contrast = np.array([0.0, 0, 1, -1])
    found = effects(y, contrast_last(redundant, contrast))
    expected = effects(y, contrast_last(factor_design(design), np.array([0.0, 1, -1])))
    np.testing.assert_allclose(found[:, 2], expected[:, 2], **EXACT)


def test_residual_effects_are_the_last_columns(data):
    y, design, _ = data
    factors = factor_design(design)
    np.testing.assert_allclose(
        residual_effects(y, factors), effects(y, factors)[:, 3:], rtol=1e-12, atol=1e-14
    )


def test_results_do_not_depend_on_the_number_of_threads(data):
    y, design, weights = (np.tile(part, (100, 1)) if len(part) == 20 else part for part in data)
    one, many = (effects(y, factor_design(design), weights, n_jobs=n) for n in (1, 3))
    np.testing.assert_array_equal(one, many)
