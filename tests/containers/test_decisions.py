"""Decisions: an array that keeps its names and counts itself."""

import numpy as np
import pandas as pd

from pylimma import TestResults

VALUES = [[1, 0], [-1, 1], [0, np.nan]]


def decisions():
    return TestResults(VALUES, pd.Index(["g", "h", "i"]), pd.Index(["x", "y"]))


def test_summary_counts_and_leaves_out_what_is_missing():
    expected = pd.DataFrame(
        [[1, 0], [1, 1], [1, 1]], index=["Down", "NotSig", "Up"], columns=["x", "y"]
    )
    pd.testing.assert_frame_equal(decisions().summary(), expected)


def test_comparisons_work_as_with_an_array():
    np.testing.assert_array_equal((decisions() != 0).ravel(), np.ravel(VALUES) != np.zeros(6))
    np.testing.assert_array_equal(decisions().ravel(), np.ravel(VALUES))
    np.testing.assert_array_equal(np.asarray(decisions()), VALUES)


def test_a_part_keeps_its_names():
    part = decisions()[["h"], "y"]
    assert part.values.tolist() == [[1.0]]
    assert list(part.to_frame().index) == ["h"]


def test_without_direction_outcomes_are_significant_or_not():
    found = TestResults([[1], [0]], signed=False)
    assert list(found.summary().index) == ["NotSig", "Sig"]
    assert found.summary().iloc[:, 0].tolist() == [1, 1]
