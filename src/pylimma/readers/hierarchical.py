"""Files in the hierarchical data format, which an optional library reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pylimma.errors import InputError


def open_hdf(path: Path) -> Any:
    """File of hierarchical data, open for reading."""
    try:
        import h5py  # noqa: PLC0415 - an optional library
    except ImportError:
        raise InputError(
            f"The library h5py is needed to read '{path}': pip install h5py."
        ) from None
    try:
        return h5py.File(path, "r")
    except OSError:
        raise InputError(f"'{path}' is no file in the hierarchical data format (HDF5).") from None
