"""What every test can rely on."""

import os

import matplotlib as mpl
import pytest

mpl.use("Agg")


def pytest_collection_modifyitems(items):
    """Leave out what needs the real data where they are not at hand."""
    if os.environ.get("PYLIMMA_DATA_DIR"):
        return
    missing = pytest.mark.skip(reason="PYLIMMA_DATA_DIR names no folder of real data")
    for item in items:
        if "data" in item.keywords:
            item.add_marker(missing)
