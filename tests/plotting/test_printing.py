"""Spots of print tips, and intensities along the order of printing."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from plotting_checks import legend_texts, offsets

import pylimma
from pylimma.errors import InputError, InputTypeError, InputWarning, ShapeError, UnknownNameError

RNG = np.random.default_rng(31)
LAYOUT = pylimma.PrintLayout(ngrid_r=2, ngrid_c=3, nspot_r=4, nspot_c=5)
R, G, RB, GB = RNG.gamma(4, 200, (4, 120, 2)) * np.array([1, 1, 0.04, 0.04])[:, None, None]
RG = pylimma.RGList(R=R, G=G, Rb=RB, Gb=GB, printer=LAYOUT).with_names(samples=["one", "two"])


def of_tip(values, row, column):
    """Values of a tip, by the slide as a table of grids."""
    return values.reshape(2, 3, 20)[row, column]


def test_each_print_tip_has_its_spots_and_their_curve_in_its_place():
    ax = pylimma.plot_print_tip_loess(RG, array="two", span=0.5)
    with np.errstate(invalid="ignore"):
        red, green = np.log2(R - RB)[:, 1], np.log2(G - GB)[:, 1]
    m, a = red - green, (red + green) / 2
    low, high = np.nanmin([a, m], axis=1), np.nanmax([a, m], axis=1)
    low, high = low - 0.04 * (high - low), high + 0.04 * np.subtract(high, low)
    shown = offsets(ax.collections[-1])
    for k, line in enumerate(ax.lines):
        row, column = divmod(k, 3)
        own = np.column_stack([of_tip(a, row, column), of_tip(m, row, column)])
        inside = 0.95 * (own - low) / (high - low)
        place = np.column_stack([column + 0.025 + inside[:, 0], row + 0.975 - inside[:, 1]])
        np.testing.assert_allclose(shown.reshape(2, 3, 20, 2)[row, column], place)
        known = np.isfinite(own[:, 1])
        curve = pylimma.lowess(*own[known].T, f=0.5)
        x, y = (np.column_stack([curve.x, curve.y]) - low).T / (high - low)[:, None] * 0.95
        np.testing.assert_allclose(
            line.get_xydata(), np.c_[column + 0.025 + x, row + 0.975 - y], atol=1e-12
        )
    assert ax.get_title(loc="left") == "two"
    assert len(ax.lines) == 6
    labels = [tick.get_text() for tick in ax.get_xticklabels()]
    assert labels[: len(labels) // 3] * 3 == labels


def test_log_ratios_are_taken_as_they_are():
    with pytest.warns(InputWarning, match="not positive"):
        ratios = pylimma.ma_rg(RG.replace(Rb=RB * 40))
    one, other = (
        offsets(pylimma.plot_print_tip_loess(data).collections[-1])
        for data in (RG.replace(Rb=RB * 40), ratios)
    )
    np.testing.assert_allclose(one, other)


def test_intensities_along_the_order_have_the_curve_that_is_subtracted():
    order = pylimma.printorder(LAYOUT).printorder
    found = pylimma.normalize_for_printorder_rg(R[:, 0], G[:, 0], order, span=0.3)
    ax = pylimma.plot_printorder(RG, span=0.3)
    values = np.log2(R[:, 0] * G[:, 0]) / 2
    np.testing.assert_allclose(offsets(ax.collections[0]), np.c_[order, values])
    x, y = ax.lines[-1].get_xydata().T
    assert (np.diff(x) >= 0).all()
    trend = found.r_trend[np.argsort(order, kind="stable")]
    np.testing.assert_allclose(y - y.mean(), trend - trend.mean(), atol=1e-12)
    assert y.min() > values.min()
    assert y.max() < values.max()
    assert legend_texts(ax) == ["both channels"]


def test_the_curve_of_plates_is_the_location_of_their_spots():
    ax = pylimma.plot_printorder(RG, slide="two", method="plate", plate_size=5)
    order = pylimma.printorder(LAYOUT).printorder
    values = np.log2(R[:, 1] * G[:, 1]) / 2
    x, y = ax.lines[-1].get_xydata().T
    for plate in range(4):
        own = values[(order - 1) // 5 == plate]
        level = y[(x - 1) // 5 == plate]
        assert np.ptp(level) == 0
        assert abs(level[0] - np.median(own)) < 0.5


def test_channels_may_have_their_own_curves():
    ax = pylimma.plot_printorder(RG, separate_channels=True, start="topright", legend="topleft")
    assert legend_texts(ax) == ["red", "green"]
    assert len(ax.collections) == 2


def test_spots_without_positive_intensity_are_counted():
    dark = RG.replace(R=np.where(np.arange(120)[:, None] < 3, 0, R))
    ax = pylimma.plot_printorder(dark)
    assert ax.texts[-1].get_text() == "3 spots without positive intensity"
    ax = pylimma.plot_print_tip_loess(dark)
    assert ax.texts[-1].get_text().endswith("spots without values")


def test_tips_are_drawn_where_they_are_asked_to():
    axes = plt.subplots(1, 2)[1]
    assert pylimma.plot_print_tip_loess(RG, ax=axes[0]) is axes[0]
    assert pylimma.plot_printorder(RG, ax=axes[1]) is axes[1]


@pytest.mark.parametrize("picture", [pylimma.plot_print_tip_loess, pylimma.plot_printorder])
def test_what_cannot_be_drawn_is_named(picture):
    with pytest.raises(InputTypeError, match="RGList"):
        picture(R)
    with pytest.raises(InputError, match="`layout`"):
        picture(RG.replace(printer=None))
    with pytest.raises(ShapeError):
        picture(RG, {**LAYOUT, "nspot_c": 9})
    with pytest.raises(InputError, match=r"`span` must be .*above 0"):
        picture(RG, span=0)
    with pytest.raises(UnknownNameError, match="No samples named 'six'"):
        picture(RG, **{"slide" if picture is pylimma.plot_printorder else "array": "six"})
