"""Raw intensities of arrays in pictures."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputTypeError, ShapeError, StageError

RNG = np.random.default_rng(3)
CHANNELS = {name: RNG.gamma(9, 50, (40, 7)) for name in ("R", "G", "Rb", "Gb")}
ARRAYS = [f"a{k}" for k in range(1, 8)]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def raw():
    return pylimma.RGList(**CHANNELS).with_names(samples=ARRAYS)


def points(ax):
    return np.asarray(ax.collections[0].get_offsets())


def test_foreground_stands_against_background_by_channel():
    green, red = pylimma.plot_fb(raw(), array="a2")
    np.testing.assert_allclose(
        points(green), np.log2(np.c_[CHANNELS["Gb"], CHANNELS["G"]])[:, [1, 8]]
    )
    np.testing.assert_allclose(
        points(red), np.log2(np.c_[CHANNELS["Rb"], CHANNELS["R"]])[:, [1, 8]]
    )
    assert [ax.get_title(loc="left") for ax in (green, red)] == ["a2 Green", "a2 Red"]


def test_channels_may_have_common_limits():
    green, red = pylimma.plot_fb(raw(), lim="common")
    assert green.get_xlim() == red.get_xlim()
    assert green.get_ylim() == red.get_ylim()


def test_one_channel_has_one_panel():
    data = pylimma.EListRaw(E=CHANNELS["R"], Eb=CHANNELS["Rb"])
    _, ax = plt.subplots()
    assert pylimma.plot_fb(data, 3, ax=ax) is ax
    assert len(points(ax)) == 40
    with pytest.raises(ShapeError, match="`ax` has 1 axes; 2 are needed"):
        pylimma.plot_fb(raw(), ax=ax)


def test_zeros_and_missing_backgrounds():
    zero = raw()
    zero["Gb"] = CHANNELS["Gb"] * 0
    pylimma.plot_fb(zero)
    with pytest.raises(StageError, match="needs the background 'Gb'"):
        pylimma.plot_fb(pylimma.RGList(R=CHANNELS["R"], G=CHANNELS["G"]))
    with pytest.raises(InputTypeError, match="needs an RGList or EListRaw"):
        pylimma.plot_fb(CHANNELS["R"])


def test_pages_of_ma_plots_share_limits(tmp_path, monkeypatch):
    drawn = []
    keep = pylimma.plotting.image.save_picture
    monkeypatch.setattr(
        pylimma.plotting.image,
        "save_picture",
        lambda axes, path: (drawn.extend(a for a in axes.flat if a.axison), keep(axes, path)),
    )
    m, a = np.log2(CHANNELS["R"] / CHANNELS["G"]), np.log2(CHANNELS["R"] * CHANNELS["G"]) / 2
    data = pylimma.MAList(M=m, A=a).with_names(samples=ARRAYS)
    files = pylimma.plot_ma3by2(data, path=tmp_path)
    assert [file.name for file in files] == ["MA-1-6.png", "MA-7-7.png"]
    assert all(file.stat().st_size > 10_000 for file in files)
    assert [ax.get_title(loc="left") for ax in drawn] == ARRAYS
    assert len({ax.get_xlim() + ax.get_ylim() for ax in drawn}) == 1
    low = drawn[0].get_ylim()[0]
    assert low == pytest.approx(m.min() - 0.04 * np.ptp(m))
    np.testing.assert_allclose(points(drawn[2]), np.c_[a[:, 2], m[:, 2]])


def test_samples_of_a_matrix_stand_against_the_mean_of_all(tmp_path):
    y = pd.DataFrame(np.log2(CHANNELS["R"]), columns=ARRAYS)
    files = pylimma.plot_ma3by2(y, prefix="E", path=tmp_path, device="pdf", common_lim=False)
    assert [file.name for file in files] == ["E-1-6.pdf", "E-7-7.pdf"]
    with pytest.raises(ShapeError, match="`main` has 1 values"):
        pylimma.plot_ma3by2(y, path=tmp_path, main=["one"])
    with pytest.raises(InputError, match="`device` must be one of"):
        pylimma.plot_ma3by2(y, path=tmp_path, device="tiff")
    assert len(pylimma.plot_ma3by2(raw(), path=tmp_path, device="svg")) == 2
