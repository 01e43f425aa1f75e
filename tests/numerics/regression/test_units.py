import numpy as np

from pylimma.numerics.regression.linalg import binary_units


def test_units_bring_every_gene_between_one_and_two():
    y = np.array([[3e200, -1e190], [1e-300, 0], [-0.7, 0.2], [1, 0.5]])
    units = binary_units(y)
    assert units.shape == (4, 1)
    largest = np.abs(y / units).max(axis=1)
    assert ((largest >= 1) & (largest < 2)).all()
    np.testing.assert_array_equal(y / units * units, y)


def test_genes_of_zeros_and_no_genes_have_units_too():
    assert binary_units(np.zeros((1, 3))).tolist() == [[1.0]]
    assert binary_units(np.zeros((0, 3))).shape == (0, 1)
