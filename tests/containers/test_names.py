"""Names, and numbers as R writes them."""

import numpy as np
import pytest

from pylimma.containers.names import label_text, number_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5"),
        (10000.0, "10000"),
        (100000.0, "1e+05"),
        (123456.0, "123456"),
        (0.0001, "1e-04"),
        (0.00005, "5e-05"),
        (0.001, "0.001"),
        (1e15, "1e+15"),
        (1.5e-20, "1.5e-20"),
        (0.1 + 0.2, "0.3"),
        (-2.5, "-2.5"),
        (0.0, "0"),
        (-0.0, "0"),
        (1 / 3, "0.333333333333333"),
        (np.inf, "Inf"),
        (-np.inf, "-Inf"),
        (np.nan, "NaN"),
    ],
)
def test_a_number_is_written_in_the_shorter_notation(value, text):
    assert number_text(value) == text


def test_labels_that_are_numbers_are_written_as_numbers():
    assert [label_text(x) for x in ("a", 2.0, np.float32(0.5), 3, True)] == [
        "a", "2", "0.5", "3", "True"
    ]  # fmt: skip
