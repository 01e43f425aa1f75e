"""How many threads work, what limits them, and what is left when they are stopped."""

import signal
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from types import SimpleNamespace

import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from pylimma.numerics import threads
from pylimma.numerics.blocks import map_blocks
from pylimma.numerics.threads import at_most_threads, one_library_thread, thread_number, thread_pool

BLOCKS = [slice(k, k + 1) for k in range(40)]
INTERRUPTED = """
import sys, threading, time
import numpy as np, pylimma
rng = np.random.default_rng(1)
y = rng.normal(size=({genes}, 24))
design = np.column_stack([np.ones(24), np.arange(24) % 2])
block = np.repeat(range(12), 2)
call = lambda y: pylimma.{call}
call(y[:100])
print("ready", flush=True)
try:
    call(y)
except KeyboardInterrupt:
    print("interrupted", threading.active_count())
"""


@pytest.fixture
def eight_cpus(monkeypatch):
    monkeypatch.setattr(threads, "available_cpus", lambda: 8)
    monkeypatch.setattr(threads.LINEAR_ALGEBRA, "set_threads", lambda: [8])
    for name in threads._VARIABLES:
        monkeypatch.delenv(name, raising=False)


def library_threads():
    return threads._threads_of(ThreadpoolController())


@pytest.mark.usefixtures("eight_cpus")
def test_all_processors_work_unless_a_number_is_given():
    assert thread_number(None) == thread_number(0) == 8
    assert thread_number(3) == 3


@pytest.mark.usefixtures("eight_cpus")
def test_a_limit_of_the_environment_is_kept_to(monkeypatch):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "5")
    assert thread_number(None) == 5
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert thread_number(None) == 2
    monkeypatch.setenv("OMP_NUM_THREADS", "2,1")  # nested levels, as OpenMP writes them
    assert thread_number(None) == 5


def test_a_limit_of_threadpoolctl_is_kept_to():
    with threadpool_limits(1):
        assert thread_number(None) == 1
        assert thread_number(2) == 2
        with one_library_thread():
            assert thread_number(None) == 1


@pytest.mark.usefixtures("eight_cpus")
def test_at_most_threads_limits_what_is_given_too():
    with at_most_threads(2):
        assert thread_number(None) == thread_number(4) == 2
        assert thread_number(1) == 1
    assert thread_number(None) == 8


@pytest.mark.usefixtures("eight_cpus")
@pytest.mark.parametrize(("n_jobs", "expected"), [(None, 8), (3, 3), (1, 1), (-1, 8), (-3, 6)])
def test_joblib_says_how_many_threads_there_are(monkeypatch, n_jobs, expected):
    active = (SimpleNamespace(nesting_level=0), n_jobs)
    module = SimpleNamespace(get_active_backend=lambda: active)
    monkeypatch.setitem(sys.modules, "joblib.parallel", module)
    assert thread_number(None) == expected


@pytest.mark.usefixtures("eight_cpus")
def test_a_thread_of_joblib_or_a_task_of_dask_keeps_to_itself(monkeypatch):
    active = (SimpleNamespace(nesting_level=1), None)
    joblib = SimpleNamespace(get_active_backend=lambda: active)
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "joblib.parallel", joblib)
        assert thread_number(None) == 1
    dask = SimpleNamespace(get_worker=lambda: "a worker")
    monkeypatch.setitem(sys.modules, "distributed.worker", dask)
    assert thread_number(None) == 1


@pytest.mark.usefixtures("eight_cpus")
def test_outside_tasks_dask_limits_nothing(monkeypatch):
    def no_worker():
        raise ValueError

    monkeypatch.setitem(sys.modules, "distributed.worker", SimpleNamespace(get_worker=no_worker))
    assert thread_number(None) == 8


def test_a_process_of_a_pool_keeps_to_one_thread(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(thread_number, None).result() == 1


@pytest.mark.usefixtures("eight_cpus")
def test_callers_at_the_same_time_share_the_processors():
    with thread_pool(6):
        assert thread_number(None) == 2
        with thread_pool(2):
            assert thread_number(None) == 1
    assert thread_number(None) == 8


def test_threads_of_a_pool_start_no_further_ones():
    inside = map_blocks(lambda _: (thread_number(None), thread_number(4)), BLOCKS, 3)
    assert set(inside) == {(1, 1)}


def test_overlapping_callers_leave_linear_algebra_as_it_was():
    before = library_threads()
    first, second = one_library_thread(), one_library_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__()
    assert set(library_threads()) == {1}
    second.__exit__()
    assert library_threads() == before


def test_an_error_stops_the_other_blocks_and_leaves_no_thread():
    done, before = [], set(threading.enumerate())  # libraries keep threads of their own

    def kernel(block):
        done.append(block)
        if block.start == 0:
            raise ZeroDivisionError
        threading.Event().wait(0.01)

    with pytest.raises(ZeroDivisionError):
        map_blocks(kernel, BLOCKS, 2)
    assert len(done) < len(BLOCKS)
    assert set(threading.enumerate()) <= before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
@pytest.mark.parametrize(
    ("genes", "call"),
    [
        (100_000, "lm_fit(y, design, method='robust', n_jobs=2)"),
        (600_000, "duplicate_correlation(y, design, block=block, n_jobs=1)"),
    ],
)
def test_an_interrupt_stops_a_long_call_and_leaves_no_thread(genes, call):
    code = INTERRUPTED.format(genes=genes, call=call)
    command = [sys.executable, "-c", code]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
    assert process.stdout.readline() == "ready\n"
    threading.Event().wait(0.3)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=10)  # the call itself would take longer
    assert output == "interrupted 1\n"
