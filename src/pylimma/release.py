"""The distribution: its name on a package index, which may differ from the package's, and version.

A change of the name is made here and at `name` in pyproject.toml, and nowhere else.
"""

from __future__ import annotations

DISTRIBUTION = "pylimma"


def version() -> str:
    """Version of the installed distribution."""
    from importlib import metadata  # noqa: PLC0415 - takes longer than all the rest

    return metadata.version(DISTRIBUTION)
