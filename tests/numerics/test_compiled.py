"""Compiled loops against NumPy's, and when they are used."""

import os
import signal
import subprocess
import sys
import threading
import time
from types import ModuleType

import numpy as np
import pytest

import pylimma
from pylimma.errors import InputWarning
from pylimma.numerics import compiled
from pylimma.numerics.smoothing import local_regression, loess_fit

RTOL = 1e-12


@pytest.fixture
def kernels():
    return pytest.importorskip("pylimma_kernels", reason="no compiled kernels")


@pytest.fixture
def both(kernels, monkeypatch):
    """Return a function that calls another without and with compiled loops."""

    def call(function):
        results = []
        for module in (None, kernels):
            monkeypatch.setattr(compiled, "KERNELS", module)
            results.append(np.asarray(function()))
        return results

    return call


def scatter(name, n=700, seed=1):
    """Points, a response and weights that are in some way extreme."""
    rng = np.random.default_rng(seed)
    x, w = rng.gamma(3, size=n), rng.gamma(2, size=n)
    y = np.sin(x) + rng.standard_t(3, size=n)
    if name == "ties":
        x, y = np.round(x, 1), np.round(y, 1)
    elif name == "missing":
        x[::7], y[3::11], w[5::13] = np.nan, np.inf, np.nan
    elif name == "few values":
        x = rng.integers(0, 3, n).astype(float)
    elif name == "no weight":
        w[rng.random(n) < 0.6] = 0
    elif name == "wide":
        x, w = x**3, w * 10.0 ** rng.integers(-5, 5, n)
    elif name == "far from zero":
        x, y = x + 1e6, y + 1e8
    elif name == "huge":
        x = x * 1e200
    elif name == "constant":
        x, y = np.full(n, 3.0), np.full(n, 2.0)
    return x, y, w


SCATTERS = (
    "plain", "ties", "missing", "few values", "no weight", "wide", "far from zero", "huge",
    "constant",
)  # fmt: skip


@pytest.mark.parametrize("name", SCATTERS)
@pytest.mark.parametrize("span", [0.05, 0.3, 1.0])
@pytest.mark.parametrize("options", [
    {}, {"weights": True}, {"weights": True, "method": "loess"},
    {"weights": True, "method": "locfit"}, {"iterations": 1},
])  # fmt: skip
def test_smooth_fits_are_the_same(both, name, span, options):
    x, y, w = scatter(name)
    options = {**options, "span": span}
    if options.get("weights"):
        options["weights"] = w
    pure, fast = both(lambda: pylimma.loess_fit(y, x, **options).fitted)
    np.testing.assert_allclose(fast, pure, rtol=RTOL, atol=RTOL * np.nanmax(np.abs(pure)))


@pytest.mark.parametrize("name", ["plain", "ties", "wide"])
def test_curves_of_many_scatters_and_responses_are_the_same(both, name):
    points = [scatter(name, 300, seed) for seed in range(12)]
    x, y, w = (np.array(part) for part in zip(*points, strict=True))
    calls = (
        lambda: loess_fit.fitted_curves(y, x, w, span=0.3, iterations=4),
        lambda: loess_fit.fitted_curves(y, x, None, span=0.3, iterations=4),
        lambda: loess_fit.curves_along(y, x[0], None, span=0.3),
    )
    for call in calls:
        pure, fast = both(call)
        np.testing.assert_allclose(fast, pure, rtol=RTOL, atol=RTOL * np.abs(pure).max())


@pytest.mark.parametrize("degree", [0, 1])
def test_curves_at_other_positions_are_the_same(both, degree):
    x, y, w = scatter("plain")
    at = np.linspace(x.min(), x.max(), 1000)
    pure, fast = both(
        lambda: local_regression.robust_curve(x, y, at, span=0.3, fits=4, degree=degree, prior=w)
    )
    np.testing.assert_allclose(fast, pure, rtol=RTOL, atol=RTOL)


def arguments(n=2000, anchors=2000):
    x = np.linspace(0, 1, n)
    at, bandwidth = np.linspace(0, 1, anchors), np.ones(anchors)
    first, stop = np.zeros(anchors, dtype=np.int64), np.full(anchors, n)
    return [x, x, x, at, bandwidth, first, stop, first, first, np.empty((5, 1, anchors))]


@pytest.mark.parametrize(
    ("place", "value", "error"),
    [
        (0, np.zeros(3), ValueError),
        (2, np.zeros(3), ValueError),
        (4, np.zeros(3), ValueError),
        (9, np.zeros(3), ValueError),
        (6, np.full(2000, 2001), ValueError),
        (5, np.full(2000, -1), ValueError),
        (0, np.zeros(2000, dtype="f4"), TypeError),
        (5, np.zeros(2000), TypeError),
        (1, None, TypeError),
        (1, np.zeros(4000)[::2], ValueError),
    ],
)
def test_arrays_that_do_not_fit_are_refused(kernels, place, value, error):
    given = arguments()
    given[place] = value
    with pytest.raises(error):
        kernels.local_lines(*given)


def test_results_are_only_written_where_that_is_allowed(kernels):
    given = arguments()
    given[9].flags.writeable = False
    with pytest.raises((BufferError, ValueError)):
        kernels.local_lines(*given)


def test_no_points_and_no_anchors_are_no_trouble(kernels):
    kernels.local_lines(*arguments(anchors=0))
    nothing = np.empty(0)
    kernels.local_lines(*[nothing] * 5, *[np.empty(0, dtype=np.int64)] * 4, nothing)
    with pytest.raises(TypeError, match="expected 10 arrays"):
        kernels.local_lines(nothing)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers on this system")
def test_a_long_loop_can_be_interrupted(kernels):
    given = arguments(20_000, 400_000)  # many seconds

    def stop(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(KeyboardInterrupt):
            kernels.local_lines(*given)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_other_threads_run_meanwhile(kernels):
    given, ticks = arguments(20_000, 20_000), []
    worker = threading.Thread(target=kernels.local_lines, args=given)
    worker.start()
    while worker.is_alive():
        ticks.append(time.perf_counter())
        time.sleep(0.001)
    assert len(ticks) > 5


def test_another_interface_is_not_used_and_said(monkeypatch):
    other = ModuleType("pylimma_kernels")
    other.INTERFACE = -1
    monkeypatch.setitem(sys.modules, "pylimma_kernels", other)
    with pytest.warns(InputWarning, match="has interface -1"):
        assert compiled._load() is None


def test_they_can_be_switched_off_and_be_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "pylimma_kernels", None)
    assert compiled._load() is None
    monkeypatch.setenv("PYLIMMA_KERNELS", "off")
    monkeypatch.delitem(sys.modules, "pylimma_kernels")
    assert compiled._load() is None


def test_the_installed_module_is_used(kernels):
    code = "from pylimma.numerics import compiled; print(compiled.KERNELS is not None)"
    for setting, expected in (("on", "True"), ("off", "False")):
        environment = {**os.environ, "PYLIMMA_KERNELS": setting}
        found = subprocess.run(  # noqa: S603
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert found.stdout.strip() == expected, kernels.__name__
