"""What holds for every picture: legends, crowds of points, time, axes, and odd data."""

import inspect
import re
import time
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from every_plot import EVERY_PLOT, NOT_HERE, OF_SAMPLES, OF_TESTS, study
from matplotlib.legend import Legend
from plotting_checks import legend_texts

import pylimma
from pylimma.errors import InputError, UnknownNameError
from pylimma.plotting.axes import crowd_alpha

SEVERAL = ("coolmap", "plot_top_genes")  # pictures of several axes, the first of which is returned


@pytest.fixture(scope="module")
def usual():
    return study()


@pytest.fixture(scope="module")
def large():
    return study(50_000, changed=3_000)


def legends(figure):
    return figure.findobj(Legend)


def check_legends(ax):
    """Each legend takes less than a third of the figure, within it and beside the data."""
    figure = ax.figure
    figure.canvas.draw()
    for legend in legends(figure):
        box, data = legend.get_window_extent(), ax.get_window_extent()
        assert box.width * box.height < figure.bbox.width * figure.bbox.height / 3
        assert box.width < figure.bbox.width / 3
        assert box.x1 <= figure.bbox.x1 + 1
        assert box.y0 >= figure.bbox.y0 - 1
        assert box.x0 >= data.x1 or box.y1 <= data.y0
    return legends(figure)


def test_every_public_picture_is_among_these():
    drawn = {name.split(",")[0] for name in EVERY_PLOT} | NOT_HERE
    public = {
        name
        for name in pylimma.__all__
        if name.startswith("plot") and inspect.isfunction(getattr(pylimma, name))
    }
    rooms = {
        name
        for name in pylimma.__all__
        if getattr(getattr(pylimma, name), "__module__", "").startswith("pylimma.plotting")
    }
    assert (public | rooms) - drawn == set()


@pytest.mark.parametrize("name", EVERY_PLOT)
def test_axes_are_returned_and_legends_stand_beside_the_data(name, usual):
    ax = EVERY_PLOT[name](usual)
    check_legends(ax)


@pytest.mark.parametrize("name", [n for n in EVERY_PLOT if n != "qqt"])
def test_given_axes_are_used_and_returned(name, usual):
    for layout in (None, "constrained"):
        axes = plt.subplots(1, 2, figsize=(10, 4), layout=layout)[1]
        ax = EVERY_PLOT[name](usual, ax=axes[0])
        assert ax is axes[0]
        assert not axes[1].has_data()
        assert plt.get_fignums() == [1]
        check_legends(ax)
        for legend in legends(ax.figure):
            assert legend.get_window_extent().x1 <= axes[1].get_window_extent().x0
        plt.close("all")


@pytest.mark.parametrize("name", OF_SAMPLES)
@pytest.mark.parametrize("n_groups", [8, 60])
def test_long_and_many_groups_leave_two_thirds_to_the_data(name, n_groups):
    names = [f"{k} of the groups of samples with a rather long name" for k in range(n_groups)]
    ax = OF_SAMPLES[name](study(n_samples=max(2 * n_groups, 8), groups=names))
    assert check_legends(ax)


@pytest.mark.parametrize("name", EVERY_PLOT)
def test_long_names_leave_room_for_the_data(name, usual):
    long = replace(usual, y=renamed(usual.y), counts=renamed(usual.counts))
    long.group = pd.Series(usual.group.to_numpy(), long.y.columns)
    long.fit = pylimma.e_bayes(pylimma.lm_fit(long.y, usual.design.set_axis(long.y.columns)))
    long.fit["genes"] = usual.fit["genes"].set_axis(long.y.index)
    options = {} if name in ("qqt", "plot_fb") else {"main": TITLE}
    try:
        ax = EVERY_PLOT[name](long, **options)
    except (InputError, TypeError):  # of pictures without a title
        ax = EVERY_PLOT[name](long)
    ax.figure.canvas.draw()
    box = ax.title.axes._left_title.get_window_extent()
    assert box.x1 <= ax.figure.bbox.x1 + 1
    assert ax.get_window_extent().height > 60


def renamed(table):
    """Values with names that are longer than a picture is wide."""
    return table.rename(
        index=lambda gene: f"{gene} of a family with a name of many words, among them some long",
        columns=lambda sample: f"{sample} of a donor, after a treatment that is told at length",
    )


TITLE = "A title that says everything there is to say about a picture, even what is seen at once"
BY_COLUMN = {
    "coolmap": lambda e, g: pylimma.coolmap(e, groups=g)[4],
    "plot_densities": pylimma.plot_densities,
    "plot_library_sizes": lambda e, g: pylimma.plot_library_sizes(counted(e), g),
    "plot_mds": lambda e, g: pylimma.plot_mds(e, group=g),
    "plot_rldf": lambda e, g: pylimma.plot_rldf(e, labels_y=g),
    "plot_sample_weights": pylimma.plot_sample_weights,
    "plot_top_genes": lambda e, g: pylimma.plot_top_genes(
        pylimma.e_bayes(pylimma.lm_fit(e)), e, 0, g
    )[4],
}


def counted(elist):
    """Counts with the samples of log-expression."""
    counts = pd.DataFrame(9, range(5), elist.col_names)
    return pylimma.DGEList(counts, samples=elist["targets"].drop(columns="sample_weight"))


@pytest.mark.parametrize("name", BY_COLUMN)
def test_groups_are_matched_by_name_or_a_column_of_the_samples(name, usual):
    y, draw = usual.y[:60], BY_COLUMN[name]
    targets = pd.DataFrame({"dose": list("xyzxyzxy"), "sample_weight": 1.0}, index=y.columns)
    elist = pylimma.EList(E=y, targets=targets)

    def shown(group):
        ax = draw(elist, group)
        colors = [p.get_facecolor() for p in ax.patches + ax.collections]
        return legend_texts(ax), [np.asarray(color).tolist() for color in colors]

    by_column = shown("dose")
    assert by_column[0][0].startswith("x")
    assert shown(targets["dose"].iloc[::-1]) == by_column
    argument = {"coolmap": "groups", "plot_top_genes": "groups", "plot_rldf": "labels_y"}
    with pytest.raises(
        UnknownNameError, match=f"`{argument.get(name, 'group')}` is 'does'.*'dose'"
    ):
        draw(elist, "does")
    with pytest.raises(UnknownNameError, match="sample0"):
        draw(elist, targets["dose"].rename(lambda sample: sample + "_"))


@pytest.mark.parametrize("name", EVERY_PLOT)
def test_fifty_thousand_points_take_less_than_a_second(name, large):
    EVERY_PLOT[name](study())  # fonts and colour maps are loaded
    for _ in range(3):  # other programs slow a processor down
        start = time.process_time()
        EVERY_PLOT[name](large).figure.canvas.draw()
        if (taken := time.process_time() - start) < 1:
            break
        plt.close("all")
    assert taken < 1


@pytest.mark.parametrize("name", OF_TESTS)
@pytest.mark.parametrize("changed", [0, 1, 200])
@pytest.mark.filterwarnings("ignore:No gene is significant:pylimma.errors.InputWarning")
def test_none_one_or_all_genes_may_be_significant(name, changed):
    data = study(changed=changed)
    if changed:
        assert (np.asarray(data.calls[:, -1]) != 0).sum() >= changed
    OF_TESTS[name](data).figure.canvas.draw()


@pytest.mark.parametrize("name", [n for n in EVERY_PLOT if n != "plot_rldf"])  # needs groups
def test_one_group_and_one_coefficient_can_be_shown(name):
    data = study(groups=["all"])
    assert data.fit.shape[1] == 1
    EVERY_PLOT[name](data).figure.canvas.draw()


@pytest.mark.parametrize("name", EVERY_PLOT)
def test_missing_values_and_genes_without_any_can_be_shown(name):
    EVERY_PLOT[name](study(missing=True)).figure.canvas.draw()


def test_crowded_points_are_pale_and_lonely_ones_are_not():
    rng = np.random.default_rng(1)
    x, y = np.append(rng.normal(size=50_000), 40.0), np.append(rng.normal(size=50_000), 40.0)
    alpha = crowd_alpha(x, y, 2.5, 0.8)
    assert alpha[-1] == 0.8
    assert alpha.max() == 0.8
    assert len(np.unique(alpha)) < 10
    assert alpha[:-1].mean() < 0.1


def test_most_of_a_crowd_is_not_black():
    rng = np.random.default_rng(1)
    x = rng.gamma(6, 1.2, 50_000)
    ax = pylimma.plot_with_highlights(x, rng.normal(size=50_000) / (1 + x / 4), bg_col="black")
    ax.set_axis_off()
    ax.figure.canvas.draw()
    ink = 255 - np.asarray(ax.figure.canvas.buffer_rgba())[..., 0].astype(float)
    assert np.mean(ink[ink > 0] > 230) < 0.25


def test_colours_have_their_names_in_one_place():
    folder = Path(pylimma.plotting.__file__).parent
    for path in folder.glob("*.py"):
        if path.stem not in ("axes", "color_maps"):
            assert not re.findall(r'"#[0-9A-Fa-f]{6}"', path.read_text()), path
