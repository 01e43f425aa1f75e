"""Which points are highlighted and how the legend counts them; ellipses of two effects."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from plotting_checks import legend_texts, offsets

import pylimma
from pylimma.draw import draw
from pylimma.errors import InputError, ShapeError, UnknownNameError
from pylimma.plotting.axes import PALE

X = np.arange(6.0)
KINDS = ["a", "b", "a", "c", "a", "b"]


def test_without_kinds_all_points_look_alike():
    ax = pylimma.plot_with_highlights(X, X)
    assert len(offsets(ax.collections[0])) == 6
    assert ax.get_legend() is None


def test_the_commonest_kind_stays_in_the_background():
    ax = pylimma.plot_with_highlights(X, X**2, KINDS)
    assert legend_texts(ax) == ["b (2)", "c (1)", "a (3)"]
    np.testing.assert_array_equal(offsets(ax.collections[0])[:, 0], [0, 2, 4])
    np.testing.assert_array_equal(offsets(ax.collections[1]), [[1, 1], [5, 25]])


def test_kinds_are_drawn_in_the_order_asked_for():
    ax = pylimma.plot_with_highlights(X, X, KINDS, values=["c", "b"], hl_col=["k", "r"])
    assert legend_texts(ax) == ["c (1)", "b (2)", "a (3)"]
    assert tuple(ax.collections[1].get_facecolor()[0][:3]) == (0, 0, 0)


def test_missing_kinds_belong_to_the_background():
    ax = pylimma.plot_with_highlights(X, X, [None, "b", "a", "a", "c", np.nan], values=["a"])
    assert legend_texts(ax) == ["a (2)", "other (4)"]


def test_outcomes_of_a_test_read_up_and_down():
    calls = pylimma.TestResults(np.array([[1.0], [0], [-1], [0], [1], [0]]))
    ax = pylimma.plot_with_highlights(X, X, calls)
    assert legend_texts(ax) == ["up (2)", "down (1)", "not significant (3)"]
    up, down = (ax.collections[k].get_facecolor()[0] for k in (1, 2))
    assert up[0] > up[2]
    assert down[2] > down[0]


@pytest.mark.parametrize("values", [[1, -1], [1.0, -1.0], ["Up", "Down"]])
def test_outcomes_may_be_chosen_by_number_even_if_there_are_none(values):
    calls = pylimma.TestResults(np.array([[1.0], [0], [0], [0], [1], [0]]))
    ax = pylimma.plot_with_highlights(X, X, calls, values=values)
    assert legend_texts(ax) == ["up (2)", "down (0)", "not significant (4)"]
    none = pylimma.plot_with_highlights(X, X, pylimma.TestResults(np.zeros((6, 1))), values=values)
    assert legend_texts(none) == ["up (0)", "down (0)", "not significant (6)"]


def test_unsigned_outcomes_read_significant():
    calls = pylimma.TestResults(np.array([[1.0], [0], [1], [0], [0], [0]]), signed=False)
    ax = pylimma.plot_with_highlights(X, X, calls)
    assert legend_texts(ax) == ["significant (2)", "not significant (4)"]


def test_names_are_written_for_the_points_chosen():
    ax = pylimma.plot_with_highlights(X, X, labels=list("uvwxyz"), top=[4, 1])
    assert sorted(text.get_text() for text in ax.texts) == ["v", "y"]


@pytest.mark.parametrize(("legend", "number"), [(False, 0), ("topleft", 3), (True, 3)])
def test_the_legend_can_stand_elsewhere_or_nowhere(legend, number):
    assert len(legend_texts(pylimma.plot_with_highlights(X, X, KINDS, legend=legend))) == number


def test_many_points_are_drawn_as_pixels():
    ax = pylimma.plot_with_highlights(np.arange(5000), np.arange(5000))
    assert ax.collections[0].get_rasterized()


def test_arguments_of_matplotlib_reach_the_points():
    ax = pylimma.plot_with_highlights(X, X, alpha=0.25)
    assert ax.collections[0].get_alpha() == 0.25


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((X, X[:3]), {}, ShapeError, "`x` has 6 values and `y` 3"),
        ((X, X, ["a"]), {}, ShapeError, "`status` has 1 values; there are 6 points"),
        ((X, X, np.zeros((6, 2))), {}, InputError, "`status` has 2 tests"),
        ((X, X, KINDS), {"values": ["z"]}, UnknownNameError, "`status` has no 'z'"),
        ((X, X, KINDS), {"legend": "nowhere"}, InputError, "`legend` must be"),
        ((X, X), {"ax": "here"}, InputError, "`ax` must be Axes"),
    ],
)
def test_what_cannot_be_drawn_is_named(arguments, options, error, message):
    with pytest.raises(error, match=message):
        pylimma.plot_with_highlights(*arguments, **options)


def test_the_users_settings_are_left_alone():
    import matplotlib as mpl  # noqa: PLC0415 - settings before and after

    before = dict(mpl.rcParams)
    pylimma.plot_with_highlights(X, X)
    assert dict(mpl.rcParams) == before


def test_ellipses_have_the_slope_and_width_of_their_correlation():
    effects = np.random.default_rng(1).normal(size=(200, 2))
    technical, biological = np.array([[4.0, 0.4], [0.4, 1]]), np.array([[1, 0.8], [0.8, 1]])
    ax = draw("genas", x=effects[:, 0], y=effects[:, 1], technical=technical, biological=biological)
    technical, biological = ax.patches
    assert legend_texts(ax) == ["technical ρ = 0.200", "biological ρ = 0.800"]
    assert (technical.width / technical.height) ** 2 == pytest.approx(1.2 / 0.8)
    assert (biological.width / biological.height) ** 2 == pytest.approx(1.8 / 0.2)
    np.testing.assert_array_equal(offsets(ax.collections[0]), effects)


def test_an_ellipse_holds_95_per_cent_of_normal_effects():
    rng = np.random.default_rng(2)
    effects = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=20_000)
    correlated, free = np.array([[1, 0.5], [0.5, 1]]), np.eye(2)
    ax = draw("genas", x=effects[:, 0], y=effects[:, 1], technical=correlated, biological=free)
    patch = next(p for p in ax.patches if "technical" in p.get_label())
    back = patch.get_patch_transform().inverted()
    share = np.mean((back.transform(effects) ** 2).sum(axis=1) < 1)
    assert share == pytest.approx(0.95, abs=0.01)


def test_an_effect_that_does_not_vary_has_no_ellipse():
    effects = np.random.default_rng(1).normal(size=(20, 2))
    ax = draw(
        "genas", x=effects[:, 0], y=effects[:, 1], technical=np.eye(2), biological=np.zeros((2, 2))
    )
    assert legend_texts(ax) == ["technical ρ = 0.000"]


def test_kinds_of_spots_bring_their_colours():
    types = {"SpotType": ["gene", "spike", "blank"], "ID": ["H*", "S*", "B*"]}
    types["Color"] = ["black", "red", "#0072B2"]
    ids = {"ID": ["H1", "H2", "H3", "S1", "B1", "x"]}
    status = pylimma.control_status(types, ids)
    ax = pylimma.plot_with_highlights(range(6), range(6), status)
    drawn = {tuple(c.get_facecolors()[0][:3]) for c in ax.collections if len(c.get_offsets()) == 1}
    assert drawn == {to_rgb("red"), to_rgb("#0072B2"), to_rgb(PALE)}
    types["Color"] = ["black", "grey50 of R", "red"]
    pylimma.plot_with_highlights(range(6), range(6), pylimma.control_status(types, ids))
