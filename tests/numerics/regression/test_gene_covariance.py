import numpy as np
import pytest

from pylimma.numerics.regression.gene_covariance import (
    contrast_covariance,
    contrast_stdev,
    gene_f_statistic,
    gene_whitening,
    not_estimable,
    null_spaces,
    packed,
    unpacked,
)

RNG = np.random.default_rng(8)
N_GENES, N_COEFS = 7, 4
ROOTS = RNG.normal(size=(N_GENES, N_COEFS, N_COEFS + 2))
COVARIANCES = ROOTS @ ROOTS.transpose(0, 2, 1)
TRIANGLES = np.array([packed(matrix) for matrix in COVARIANCES])
CONTRASTS = RNG.normal(size=(N_COEFS, 3))


def test_triangles_are_unpacked_to_the_matrices_they_came_from():
    np.testing.assert_array_equal(unpacked(TRIANGLES), COVARIANCES)


def test_contrasts_have_the_variance_of_their_quadratic_form():
    expected = np.einsum("ck,gcd,dl->gkl", CONTRASTS, COVARIANCES, CONTRASTS)
    np.testing.assert_allclose(unpacked(contrast_covariance(TRIANGLES, CONTRASTS)), expected)
    stdev = np.sqrt(np.einsum("gkk->gk", expected))
    np.testing.assert_allclose(contrast_stdev(TRIANGLES, CONTRASTS), stdev)


@pytest.mark.parametrize("repeated", [False, True])
def test_f_statistics_are_quadratic_forms_in_the_generalised_inverse(repeated):
    contrasts = np.column_stack([CONTRASTS, CONTRASTS[:, :1] - CONTRASTS[:, 1:2]])
    contrasts = contrasts if repeated else CONTRASTS
    beta, variance = RNG.normal(size=(N_GENES, N_COEFS)), RNG.uniform(1, 2, N_GENES)
    f, df = gene_f_statistic(beta @ contrasts, TRIANGLES, contrasts, variance)
    assert df == 3
    for gene in range(N_GENES):
        b = beta[gene] @ contrasts
        inverse = np.linalg.pinv(contrasts.T @ COVARIANCES[gene] @ contrasts)
        assert f[gene] == pytest.approx(b @ inverse @ b / (3 * variance[gene]), rel=1e-9)


def test_whitened_statistics_have_the_mean_square_f():
    covariance = contrast_covariance(TRIANGLES, CONTRASTS)
    t = RNG.normal(size=(N_GENES, 3))
    whitened = np.einsum("gk,gkr->gr", t, gene_whitening(covariance, 3))
    for gene, matrix in enumerate(unpacked(covariance)):
        scale = np.sqrt(np.diag(matrix))
        expected = t[gene] @ np.linalg.solve(matrix / np.outer(scale, scale), t[gene]) / 3
        assert (whitened[gene] ** 2).sum() == pytest.approx(expected)


def test_a_contrast_is_estimable_in_the_row_space_of_what_a_gene_has():
    design = np.column_stack([np.ones(6), [0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1]])
    observed = np.array([[1, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0], [0] * 6], bool)
    spaces, membership = null_spaces(design, observed)
    contrasts = np.array([[0, 1, 0], [0, 0, 1], [0, -1, 1], [1, 0, 1]], float).T
    outside = not_estimable(spaces, contrasts)[membership]
    assert outside.tolist() == [
        [False, False, False, False],
        [True, True, False, False],  # without the first group, the others are compared
        [False, True, True, True],
        [True, True, True, True],
    ]
