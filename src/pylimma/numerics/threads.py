"""How many threads work on blocks, and the one that linear algebra keeps to meanwhile.

As many as this process may use, unless its user has set fewer: by `n_jobs` or `at_most_threads`,
by threadpoolctl, joblib or the environment. Workers of a pool (joblib, multiprocessing, dask)
share the processors with each other and keep to one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from threading import Lock
from typing import Any

from threadpoolctl import ThreadpoolController

from pylimma.arguments import whole

_MOST_THREADS: ContextVar[int | None] = ContextVar("most threads", default=None)
_OF_OPENMP = "OMP_NUM_THREADS"  # joblib sets it in its processes to their share of processors
_VARIABLES = (_OF_OPENMP, "LOKY_MAX_CPU_COUNT")


def thread_number(n_jobs: int | None) -> int:
    """Number of threads: as given; as many as are free where it is None or 0."""
    given = 0 if n_jobs is None else whole(n_jobs, "n_jobs")
    most = _MOST_THREADS.get()
    if given:
        return min(given, most or given)
    return most or max(1, min(_limits()) - LINEAR_ALGEBRA.n_pooled)


def available_cpus() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def with_threads(n_jobs: int | None) -> Iterator[None]:
    """Keep to a number of threads within a ``with`` block; None and 0 leave it as it is."""
    most = 0 if n_jobs is None else thread_number(n_jobs)
    before = _MOST_THREADS.set(most or _MOST_THREADS.get())
    try:
        yield
    finally:
        _MOST_THREADS.reset(before)


@contextmanager
def at_most_threads(most: int | None) -> Iterator[None]:
    """Keep linear algebra to a number of threads too; None leaves it to the processors."""
    if most is None:
        yield
        return
    with with_threads(most), _libraries("scipy.linalg" in sys.modules).limit(limits=most):
        yield


@contextmanager
def thread_pool(workers: int) -> Iterator[ThreadPoolExecutor]:
    """A pool whose threads start no further ones; other callers meanwhile get what is left."""
    with LINEAR_ALGEBRA.pooled(workers):
        pool = ThreadPoolExecutor(workers, initializer=_MOST_THREADS.set, initargs=(1,))
        with pool:
            yield pool


def _limits() -> Iterator[int]:
    """Yield every limit that applies to a caller who gives none."""
    yield available_cpus()
    yield from LINEAR_ALGEBRA.set_threads()
    shares = {name: os.environ.get(name, "") for name in _VARIABLES}
    yield from (int(text) for text in shares.values() if text.isdecimal() and int(text))
    yield from _limits_of_joblib()
    if _in_child_process() and not shares[_OF_OPENMP]:
        yield 1
    if in_task():
        yield 1


def _limits_of_joblib() -> Iterator[int]:
    """Yield the `n_jobs` of `joblib.parallel_config`; one in a thread that joblib started."""
    module: Any = sys.modules.get("joblib.parallel")
    if module is None:
        return
    backend, n_jobs = module.get_active_backend()
    if (backend.nesting_level or 0) > 0 and not _in_child_process():
        yield 1
    elif n_jobs is not None:
        yield n_jobs if n_jobs > 0 else max(1, available_cpus() + 1 + n_jobs)


def _in_child_process() -> bool:
    """Whether multiprocessing, or a pool on top of it, started this process."""
    module: Any = sys.modules.get("multiprocessing.process")
    return module is not None and module.parent_process() is not None


def in_task() -> bool:
    """Whether this thread works on a task of a `dask.distributed` cluster."""
    module: Any = sys.modules.get("distributed.worker")
    if module is None:
        return False
    try:
        module.get_worker()
    except ValueError:
        return False
    return True


class _LinearAlgebra:
    """Limit of the linear algebra libraries, shared by all threads that work on blocks.

    Their number of threads is one for the whole process: the first caller sets it to one, the
    last one restores it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._callers = 0
        self._before: list[int] = []
        self._limiters: dict[bool, Any] = {}
        self.n_pooled = 0

    def __enter__(self) -> None:
        with_scipy = "scipy.linalg" in sys.modules
        with self._lock:
            if not self._callers:
                self._before = _threads_of(_libraries(with_scipy))
            if with_scipy not in self._limiters:
                controller = _libraries(with_scipy)
                self._limiters[with_scipy] = controller.limit(limits=1, user_api="blas")
            self._callers += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._callers -= 1
            while not self._callers and self._limiters:
                self._limiters.popitem()[1].restore_original_limits()

    def set_threads(self) -> list[int]:
        """Threads of each library, as the user has set them."""
        with self._lock:
            if self._callers:
                return self._before
            return _threads_of(_libraries("scipy.linalg" in sys.modules))

    @contextmanager
    def pooled(self, workers: int) -> Iterator[None]:
        """Count the threads of a pool."""
        with self._lock:
            self.n_pooled += workers
        try:
            yield
        finally:
            with self._lock:
                self.n_pooled -= workers


LINEAR_ALGEBRA = _LinearAlgebra()


def one_library_thread() -> _LinearAlgebra:
    """Keep linear algebra to one thread for the length of a ``with`` block."""
    return LINEAR_ALGEBRA


@cache
def _libraries(with_scipy: bool) -> ThreadpoolController:  # noqa: ARG001 - the key
    """Linear algebra libraries that are loaded; SciPy brings one of its own."""
    return ThreadpoolController()


def _threads_of(controller: ThreadpoolController) -> list[int]:
    """Threads of each library of linear algebra at this moment."""
    libraries = controller.lib_controllers
    return [library.num_threads for library in libraries if library.user_api == "blas"]
