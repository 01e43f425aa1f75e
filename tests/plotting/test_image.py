"""Spots at their places on the slide."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

import pylimma
from pylimma.errors import InputError, InputTypeError, ShapeError, UnknownNameError
from pylimma.plotting.image import on_slide

LAYOUT = pylimma.PrintLayout(ngrid_r=1, ngrid_c=2, nspot_r=2, nspot_c=3)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_spots_stand_where_they_were_printed():
    # recorded from limma 3.68 for the same layout
    expected = [[1, 2, 3, 7, 8, 9], [4, 5, 6, 10, 11, 12]]
    np.testing.assert_array_equal(on_slide(np.arange(1.0, 13), LAYOUT), expected)
    ax = pylimma.imageplot(np.arange(1.0, 13), LAYOUT)
    np.testing.assert_array_equal(ax.images[0].get_array(), np.transpose(expected))
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 2), (0, 6))


def test_every_spot_stands_once_for_any_layout():
    rng = np.random.default_rng(1)
    for _ in range(20):
        a, b, c, d = rng.integers(1, 5, 4)
        z = rng.permutation(a * b * c * d).astype(float)
        layout = {"ngrid_r": a, "ngrid_c": b, "nspot_r": c, "nspot_c": d}
        slide = on_slide(z, layout)
        for k, value in enumerate(z):  # the fastest index is the column of a spot
            rest, spot_c = divmod(k, d)
            rest, spot_r = divmod(rest, c)
            grid_r, grid_c = divmod(rest, b)
            assert slide[grid_r * c + spot_r, grid_c * d + spot_c] == value


def shown(ax):
    picture = ax.images[0]
    return picture.get_clim(), [to_hex(picture.cmap(x)) for x in (0.0, 0.5, 1.0)]


def test_colours_run_about_zero_where_there_are_negative_values():
    z = np.arange(12.0) - 3
    assert shown(pylimma.imageplot(z, LAYOUT)) == ((-8, 8), ["#0072b2", "#ffffff", "#d55e00"])
    assert shown(pylimma.imageplot(z, LAYOUT, zerocenter=False))[0] == (-3, 8)
    limits, colors = shown(pylimma.imageplot(z + 5, LAYOUT))
    assert limits == (2, 13)
    assert colors[0] == "#ffffff"


def test_limits_and_colours_may_be_given():
    z = np.arange(12.0)
    assert shown(pylimma.imageplot(z, LAYOUT, zlim=(2, 4)))[0] == (2, 4)
    colors = shown(pylimma.imageplot(z, LAYOUT, high="red"))[1]
    assert (colors[0], colors[2]) == ("#00ffff", "#ff0000")
    ax = pylimma.imageplot(z, LAYOUT, zlim=(2, 4))
    assert ax.get_xlabel() == "values 0.0 to 11.0, colours 2.0 to 4.0"
    assert pylimma.imageplot(z, LAYOUT, legend=False).get_xlabel() == ""


def test_errors_say_what_is_wrong():
    with pytest.raises(ShapeError, match="`z` has 11 values; the layout has 12 spots"):
        pylimma.imageplot(np.arange(11.0), LAYOUT)
    with pytest.raises(InputError, match="infinite values: give the range"):
        pylimma.imageplot(np.full(12, np.inf), LAYOUT)
    with pytest.raises(InputError, match="'nspot_c' are missing"):
        pylimma.imageplot(np.arange(12.0), {"ngrid_r": 1, "ngrid_c": 2, "nspot_r": 2})
    with pytest.raises(InputError, match="`zlim` must be a smaller and a larger number"):
        pylimma.imageplot(np.arange(12.0), LAYOUT, zlim=(3, 3))


def raw(n_arrays):
    rng = np.random.default_rng(2)
    values = {name: rng.gamma(9, 50, (12, n_arrays)) for name in ("R", "G", "Rb", "Gb")}
    return pylimma.RGList(**values, printer=LAYOUT)


def test_pages_hold_six_arrays_each(tmp_path):
    files = pylimma.imageplot3by2(raw(7), path=tmp_path)
    assert [file.name for file in files] == ["image-Gb-1-6.png", "image-Gb-7-7.png"]
    assert all(height > width > 500 for height, width, _ in map(np.shape, map(plt.imread, files)))
    assert plt.get_fignums() == []
    with pytest.raises(InputTypeError, match="needs an RGList"):
        pylimma.imageplot3by2(np.ones((12, 2)), path=tmp_path)
    with pytest.raises(UnknownNameError, match="needs the component 'M'"):
        pylimma.imageplot3by2(raw(2), z="M", path=tmp_path)


def test_missing_spots_are_blank():
    z = np.arange(12.0)
    z[4] = np.nan
    ax = pylimma.imageplot(z, LAYOUT)
    assert np.ma.getmaskarray(ax.images[0].get_array()).sum() == 1
    pylimma.imageplot(np.full(12, np.nan), LAYOUT)
