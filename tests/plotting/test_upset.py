"""UpSet plots against counts by hand."""

from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, ShapeError


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def membership(n_sets=7, seed=1):
    rng = np.random.default_rng(seed)
    inside = rng.random((2000, n_sets)) < rng.uniform(0.05, 0.4, n_sets)
    return pd.DataFrame(inside.astype(int), columns=list("ABCDEFGHIJKLMNOP")[:n_sets])


def drawn(ax):
    """Size and sets of each intersection, as the picture shows them."""
    bars, matrix = ax.child_axes
    sizes = [int(bar.get_height()) for bar in bars.patches]
    names = [text.get_text().split(" (")[0] for text in matrix.get_yticklabels()]
    members = [set() for _ in sizes]
    for column, row in matrix.collections[-1].get_offsets():
        members[int(column)].add(names[int(row)])
    return sizes, [frozenset(m) for m in members]


def test_intersections_are_exclusive_and_sorted_by_size():
    table = membership()
    expected = Counter(
        frozenset(table.columns[row]) for row in table.to_numpy(dtype=bool) if row.any()
    )
    sizes, members = drawn(pylimma.plot_upset(table, number=200))
    assert sizes == sorted(expected.values(), reverse=True)
    assert dict(zip(members, sizes, strict=True)) == dict(expected)


def test_what_is_not_shown_is_counted():
    table = membership()
    full, _ = drawn(pylimma.plot_upset(table, number=200))
    ax = pylimma.plot_upset(table, number=10)
    assert drawn(ax)[0] == full[:10]
    texts = [text.get_text() for text in ax.child_axes[0].texts]
    left = f"{len(full) - 10} smaller intersections ({sum(full[10:]):,} genes) not shown"
    assert left in texts


def test_totals_of_sets_stand_beside_their_names():
    table = membership()
    matrix = pylimma.plot_upset(table).child_axes[1]
    labels = [text.get_text() for text in matrix.get_yticklabels()]
    assert labels == [f"{name} ({table[name].sum():,})" for name in table]


def test_outcomes_may_go_up_or_down():
    outcome = np.array([[1, 1], [-1, 0], [-1, -1], [0, -1]])
    sizes, members = drawn(pylimma.plot_upset(outcome, include="down", names=["a", "b"]))
    assert dict(zip(members, sizes, strict=True)) == {
        frozenset("a"): 1, frozenset("ab"): 1, frozenset("b"): 1,
    }  # fmt: skip


@pytest.mark.parametrize("value", [0, 1])
def test_no_gene_and_every_gene_may_be_in_all_sets(value):
    sizes, _ = drawn(pylimma.plot_upset(np.full((5, 3), value)))
    assert sizes == [5] * value


def test_errors_name_the_argument():
    with pytest.raises(ShapeError, match="`names` has 1 values; there are 7 sets"):
        pylimma.plot_upset(membership(), names=["A"])
    with pytest.raises(InputError, match="`number`"):
        pylimma.plot_upset(membership(), number=0)
