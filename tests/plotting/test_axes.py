"""The look that pictures share, and its styles."""

import threading

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

import pylimma
from pylimma.errors import InputError

Y = np.random.default_rng(1).normal(size=(50, 6))


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def size_and_font():
    ax = pylimma.plot_mds(Y)
    return ax.figure.get_size_inches()[0], ax.xaxis.label.get_size()


def test_a_picture_on_paper_fills_a_column_of_a_journal():
    usual = size_and_font()
    with pylimma.plotting.style("paper"):
        width, font = size_and_font()
    assert width == pytest.approx(3.5)
    assert font == pytest.approx(7)
    assert size_and_font() == usual


def test_styles_change_nothing_globally_and_nest():
    before = dict(mpl.rcParams)
    with pylimma.plotting.style("paper"):
        assert dict(mpl.rcParams) == before
        with pylimma.plotting.style("screen"):
            assert size_and_font()[1] == 9
        assert size_and_font()[1] == pytest.approx(7)
    with pytest.raises(ZeroDivisionError), pylimma.plotting.style("paper"):
        raise ZeroDivisionError
    assert size_and_font()[1] == 9


def test_a_style_does_not_reach_other_threads():
    found = []
    with pylimma.plotting.style("paper"):
        thread = threading.Thread(target=lambda: found.append(pylimma.plotting.axes.inches(5.4)))
        thread.start()
        thread.join()
    assert found == [(5.4,)]


def test_other_styles_are_refused():
    with pytest.raises(InputError, match="`name` must be one of 'screen', 'paper'"):
        pylimma.plotting.style("poster").__enter__()
