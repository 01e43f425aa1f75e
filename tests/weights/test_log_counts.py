"""Log2 counts per million and the library sizes behind them."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.weights.log_counts import log_counts

COUNTS = pd.DataFrame([[1, 0, 7], [0, 0, 0], [9, 3, 5]], columns=list("abc"))
pytestmark = pytest.mark.filterwarnings("ignore:.*no reads in any:pylimma.errors.InputWarning")


def test_log_counts_are_those_of_the_formula():
    found = log_counts(COUNTS, None, None)
    expected = np.log2((COUNTS + 0.5) / (COUNTS.sum() + 1) * 1e6)
    np.testing.assert_allclose(found.E, expected, rtol=1e-14)
    assert found.mean_log_size == pytest.approx(np.log2(COUNTS.sum() + 1).mean())
    assert list(found.counted) == [True, False, True]


def test_given_library_sizes_are_matched_by_name():
    size = pd.Series([30.0, 10, 20], index=list("cab"))
    found = log_counts(COUNTS, None, size)
    np.testing.assert_array_equal(found.lib_size, [10, 20, 30])
    assert list(found.targets()["lib_size"]) == [10, 20, 30]
    assert list(found.targets().index) == list("abc")


def test_offsets_stored_in_a_dge_list_are_used_and_given_ones_come_first():
    offset = np.array([[0.0, 1, 2], [0, 0, 0], [3, 0, 0]])
    data = pylimma.DGEList(counts=COUNTS, offset=offset)
    np.testing.assert_allclose(
        log_counts(data, None, None).offset_prior, [[-1, 0, 1], [0, 0, 0], [2, -1, -1]]
    )
    given = np.zeros((3, 3))
    found = log_counts(data, None, None, offset_prior=given)
    np.testing.assert_array_equal(found.offset_prior, given)


def test_a_table_of_samples_is_kept_with_library_sizes():
    table = pd.DataFrame({"dose": [0.3, 0.1, 0.2]}, index=list("cab"))
    found = log_counts(COUNTS, "~ dose", None, samples=table)
    assert list(found.targets()["dose"]) == [0.1, 0.2, 0.3]
    assert list(found.design.names) == ["(Intercept)", "dose"]
