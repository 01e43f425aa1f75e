"""Log2 counts per million and the library sizes behind them."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputWarning, Note, ShapeError
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


OFFSET = np.log([[30.0, 10, 20], [10, 40, 20], [30, 10, 20]])


def sizes_of(*args, **kwargs):
    """Effective library sizes of some log-counts."""
    return 2 ** log_counts(*args, **kwargs).log_size - 1


def test_offsets_stored_in_a_dge_list_are_used_and_given_ones_come_first():
    data = pylimma.DGEList(counts=COUNTS, offset=OFFSET)
    np.testing.assert_allclose(sizes_of(data, None, None), np.exp(OFFSET))
    given = np.array([[-1.0, 0, 1], [0, 0, 0], [1, 0, -1]])
    found = log_counts(data, None, None, offset_prior=given)
    np.testing.assert_array_equal(found.offset_prior, given)
    np.testing.assert_allclose(2**found.log_size - 1, COUNTS.sum().to_numpy() * np.exp(given))


def test_offsets_replace_library_sizes_and_prior_offsets():
    with pytest.warns(Note, match="replaces `lib_size` and `offset_prior`"):
        sizes = sizes_of(COUNTS, None, [1, 2, 3], OFFSET, np.ones((3, 3)))
    np.testing.assert_allclose(sizes, np.exp(OFFSET))


def test_offsets_that_are_the_log_library_sizes_change_nothing():
    plain = log_counts(COUNTS, None, None)
    for offset in (np.log(COUNTS.sum()), np.tile(np.log(COUNTS.sum()), (3, 1))):
        np.testing.assert_allclose(log_counts(COUNTS, None, None, offset).E, plain.E, rtol=1e-14)


def test_one_offset_a_sample_is_matched_by_name_and_serves_all_genes():
    by_name = pd.Series(OFFSET[0], index=list("abc"))[["c", "a", "b"]]
    np.testing.assert_allclose(sizes_of(COUNTS, None, None, by_name), np.exp(OFFSET[0]))
    found = log_counts(COUNTS, None, None, offset_prior=by_name - 3)
    np.testing.assert_allclose(found.offset_prior, np.tile(OFFSET[0] - 3, (3, 1)))


def test_a_table_of_offsets_is_matched_by_name():
    table = pd.DataFrame(OFFSET, columns=list("abc"))[["b", "c", "a"]]
    np.testing.assert_allclose(sizes_of(COUNTS, None, None, table), np.exp(OFFSET))


def test_offsets_that_are_relative_to_the_library_sizes_are_warned_of():
    with pytest.warns(InputWarning, match="4 counts exceed theirs.*`offset_prior`"):
        log_counts(COUNTS, None, None, np.zeros((3, 3)))


def test_older_numbers_of_offsets_are_factors_of_the_library_sizes():
    sizes = sizes_of(COUNTS, None, None, OFFSET, centred=True)
    prior = OFFSET - OFFSET.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(sizes, COUNTS.sum().to_numpy() * np.exp(prior))
    with pytest.warns(Note, match="`offset` is not used"):
        found = log_counts(COUNTS, None, None, OFFSET, prior, centred=True)
    np.testing.assert_array_equal(found.offset_prior, prior)


@pytest.mark.parametrize(
    ("offset", "error", "message"),
    [
        (np.ones((3, 1)), ShapeError, r"allowed are \(3,\), one value a sample, and \(3, 3\)"),
        (
            np.where(np.eye(3), np.nan, 1),
            InputError,
            "3 values are missing or infinite, the first for gene '0' of sample 'a'",
        ),
        ([1.0, np.inf, 1], InputError, "the first for sample 'b'"),
    ],
)
def test_offsets_that_cannot_be_used_are_refused(offset, error, message):
    with pytest.raises(error, match=message):
        log_counts(COUNTS, None, None, offset)


def test_a_table_of_samples_is_kept_with_library_sizes():
    table = pd.DataFrame({"dose": [0.3, 0.1, 0.2]}, index=list("cab"))
    found = log_counts(COUNTS, "~ dose", None, samples=table)
    assert list(found.targets()["dose"]) == [0.1, 0.2, 0.3]
    assert list(found.design.names) == ["(Intercept)", "dose"]
