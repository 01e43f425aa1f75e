"""Every zone of a Venn diagram exists and carries its number."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, ShapeError


def distinct_counts(n_sets):
    """A matrix in which every combination has another number of genes."""
    patterns = [[int(b) for b in f"{k:0{n_sets}b}"] for k in range(2**n_sets)]
    return np.repeat(patterns, np.arange(1, 2**n_sets + 1), axis=0)


def inside(patch, points):
    return patch.get_path().contains_points(
        patch.get_patch_transform().inverted().transform(points)
    )


@pytest.mark.parametrize("n_sets", [1, 2, 3, 4, 5])
def test_each_number_stands_in_its_zone(n_sets):
    ax = pylimma.venn_diagram(distinct_counts(n_sets))
    numbers = {int(t.get_text()): t for t in ax.texts if t.get_text().isdigit()}
    assert sorted(numbers) == list(range(1, 2**n_sets + 1))
    for pattern in range(2**n_sets):
        place = [numbers[pattern + 1].get_position()]
        found = [int(inside(patch, place)[0]) for patch in ax.patches]
        assert found == [int(b) for b in f"{pattern:0{n_sets}b}"]


def test_two_directions_give_two_numbers_a_zone():
    x = pd.DataFrame({"A": [1, 1, -1], "B": [0, 1, -1]})
    ax = pylimma.venn_diagram(x, include=["up", "down"])
    words = [text.get_text() for text in ax.texts]
    assert {"A", "B", "up", "down"} <= set(words)
    assert sum(word.isdigit() for word in words) == 8


def test_counts_can_be_given_and_sets_renamed():
    table = pylimma.venn_counts(np.array([[1, 0], [1, 1]]))
    words = [t.get_text() for t in pylimma.venn_diagram(table, names=["P", "Q"]).texts]
    assert words[:2] == ["P", "Q"]


def test_numbers_are_said_to_be_exclusive_and_genes_left_out_counted():
    x = np.array([[1, 0], [1, 1], [np.nan, 1]])
    note = pylimma.venn_diagram(x).texts[-1].get_text()
    assert note.splitlines() == [
        "Exclusive numbers: each gene is counted once",
        "1 gene with missing outcomes not counted",
    ]
    label = pylimma.plot_upset(x).child_axes[1].get_xlabel()
    assert "exclusive" in label
    assert "inclusive" in label
    assert label.endswith("1 gene with missing outcomes not counted")


def test_what_cannot_be_drawn_is_named():
    with pytest.raises(InputError, match="at most 5 sets; got 6"):
        pylimma.venn_diagram(np.zeros((3, 6)))
    with pytest.raises(ShapeError, match="`names` has 1 values; there are 2 sets"):
        pylimma.venn_diagram(np.zeros((3, 2)), names=["A"])
    with pytest.raises(InputError, match="one or two choices; got 3"):
        pylimma.venn_diagram(np.zeros((3, 2)), include=["up", "down", "both"])
