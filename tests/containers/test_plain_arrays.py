"""What becomes a plain array, and what does not."""

import numpy as np
import pytest
import scipy.sparse as sp

from pylimma.containers.plain_arrays import plain_array
from pylimma.errors import InputTypeError

VALUES = np.array([[1, 2], [3, 4]])


@pytest.mark.parametrize("kind", [np.asarray, np.ndarray.tolist, sp.csr_array, sp.dok_array])
def test_every_kind_of_matrix_becomes_an_array(kind):
    np.testing.assert_array_equal(plain_array(kind(VALUES), "x"), VALUES)


def test_an_array_is_not_copied():
    assert np.shares_memory(plain_array(VALUES, "x"), VALUES)


def test_masked_values_are_missing():
    found = plain_array(np.ma.masked_greater(VALUES, 3), "x")
    np.testing.assert_array_equal(found, [[1, 2], [3, np.nan]])
    assert type(found) is np.ndarray


def test_rows_of_different_length_are_refused():
    with pytest.raises(InputTypeError, match="rows of `x` differ in length"):
        plain_array([[1, 2], [3]], "x")
