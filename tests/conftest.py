"""What every test can rely on, and what the run says of tests that did not run."""

import os
from collections import Counter

import matplotlib as mpl
import pytest

mpl.use("Agg")

# Reasons of skipped tests, or their beginnings, that `--no-skips` lets pass.
ALLOWED_SKIPS = (
    "not public yet: ",  # recorded cases of functions that are still to come
    "no real data: ",  # they are not part of the repository
    "no compiled kernels",  # an optional package, which is tested apart
)


def pytest_addoption(parser):
    parser.addoption(
        "--no-skips",
        action="store_true",
        help="fail when a test is skipped for another reason than those of tests/conftest.py",
    )


def pytest_collection_modifyitems(items):
    """Leave out what needs the real data where they are not at hand."""
    if os.environ.get("PYLIMMA_DATA_DIR"):
        return
    missing = pytest.mark.skip(
        reason="no real data: set PYLIMMA_DATA_DIR to the folder of the files of pylimma.datasets"
    )
    for item in items:
        if "data" in item.keywords:
            item.add_marker(missing)


def skipped(config):
    """Count the tests skipped for each reason."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reports = reporter.stats.get("skipped", []) if reporter else []
    return Counter(report.longrepr[2].removeprefix("Skipped: ") for report in reports)


def forbidden(config):
    """Reasons of skipped tests that the run may not have."""
    if not config.getoption("--no-skips"):
        return []
    return [reason for reason in skipped(config) if not reason.startswith(ALLOWED_SKIPS)]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    """Fail the run when something was skipped that may not be."""
    if forbidden(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    """Say what was skipped, a line for each reason."""
    reasons, not_allowed = skipped(config), forbidden(config)
    if not reasons:
        return
    terminalreporter.section("skipped")
    for reason, n in reasons.most_common():
        mark = "NOT ALLOWED " if reason in not_allowed else ""
        terminalreporter.line(f"{mark}{n} {'test' if n == 1 else 'tests'}: {reason}")
