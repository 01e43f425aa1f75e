"""The checks of the project, each in an environment of its own.

``nox`` runs all of them, ``nox -s lint`` one. In an environment that has everything
(``make test`` makes one), ``nox --no-venv --no-install`` does without further environments.
"""

from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.sessions = ["lint", "types", "tests", "docs"]

# Tests of what compiled loops change: smooth curves, and what rests on them.
COMPILED_CASES = "smoothing or loess or lowess or voom or within or trend"


def install(session: nox.Session, *groups: str) -> None:
    """Install the package and the named dependency groups of pyproject.toml."""
    session.install("--upgrade", "pip>=25.1")
    session.install("--editable", ".", *(f"--group={group}" for group in groups))


@nox.session
def lint(session: nox.Session) -> None:
    """Style, spelling, who may import whom, and the form of the docstrings."""
    install(session, "lint")
    sources = sorted(str(path) for path in Path("src/pylimma").rglob("*.py"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("codespell")
    session.run("lint-imports")
    session.run("numpydoc", "lint", *sources, silent=True)


@nox.session
def types(session: nox.Session) -> None:
    """Strict types over the package."""
    install(session, "lint")
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the whole suite with coverage by branch."""
    install(session, "test")
    session.run("pytest", "-n", "2", "--cov", *session.posargs)


@nox.session
def reference(session: nox.Session) -> None:
    """Run the cases recorded from R alone, by name if one is given."""
    install(session, "test")
    session.run("pytest", "-n", "2", "tests/reference", *session.posargs)


@nox.session
def kernels(session: nox.Session) -> None:
    """Compare compiled loops with NumPy's, and run recorded cases with them; takes a C compiler."""
    install(session, "test")
    session.install("./kernels")
    session.run("pytest", "-n", "2", "tests/numerics/test_compiled.py", *session.posargs)
    session.run("pytest", "-n", "2", "tests/numerics", "tests/reference", "-k", COMPILED_CASES)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning is an error."""
    install(session, "docs")
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "docs/_build/html")


@nox.session
def measure(session: nox.Session) -> None:
    """Size and shape of the source: lines, circles, depth of calls."""
    install(session)
    session.run("python", "benchmarks/structure.py")


@nox.session
def benchmark(session: nox.Session) -> None:
    """Time every heavy function, beside R limma where it is installed."""
    install(session, "test")
    session.run("python", "benchmarks/run.py", *session.posargs)
