"""The line that a terminal shows during long work."""

import io
import re
import sys
import threading
from contextlib import redirect_stderr

import numpy as np
import pytest

import pylimma
from pylimma.numerics import blocks, progress
from pylimma.numerics.progress import no_progress, public_caller, watched


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "_PAUSE", 0.0)


def on_terminal():
    return redirect_stderr(Terminal())


def fit_in_blocks(monkeypatch, n_jobs):
    monkeypatch.setattr(blocks.gene_blocks, "__defaults__", (1000,))
    y = np.random.default_rng(1).normal(size=(500, 10))
    pylimma.lm_fit(y, np.ones((10, 1)), weights=np.abs(y) + 1, n_jobs=n_jobs)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.usefixtures("impatient")
def test_a_terminal_shows_how_far_a_function_is_and_is_cleared(monkeypatch, n_jobs):
    with on_terminal() as terminal:
        fit_in_blocks(monkeypatch, n_jobs)
    shown = terminal.getvalue()
    assert re.search(r"lm_fit: \d\d% of 500 genes", shown)
    assert shown.endswith(progress._CLEAR)


def test_short_work_shows_nothing(monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 60.0)
    with on_terminal() as terminal:
        fit_in_blocks(monkeypatch, 1)
    assert terminal.getvalue() == ""


@pytest.mark.usefixtures("impatient")
def test_nothing_is_shown_where_errors_go_to_no_terminal(monkeypatch):
    with redirect_stderr(io.StringIO()) as file:
        fit_in_blocks(monkeypatch, 1)
    assert file.getvalue() == ""
    monkeypatch.setattr(sys, "stderr", None)
    assert watched(iter("abc"), 3) == list("abc")


@pytest.mark.usefixtures("impatient")
def test_nothing_is_shown_by_other_threads_or_when_refused():
    thread = threading.Thread(target=watched, args=(iter(range(5)), 5))
    with on_terminal() as terminal:
        thread.start()
        thread.join()
        with no_progress():
            watched(iter(range(5)), 5)
    assert terminal.getvalue() == ""


@pytest.mark.usefixtures("impatient")
def test_the_line_is_cleared_after_an_error():
    def failing():
        yield from range(3)
        raise ZeroDivisionError

    with on_terminal() as terminal, pytest.raises(ZeroDivisionError):
        watched(failing(), 5)
    assert terminal.getvalue().endswith(progress._CLEAR)


def test_work_outside_public_functions_goes_by_the_name_of_the_package():
    assert public_caller() == "pylimma"
