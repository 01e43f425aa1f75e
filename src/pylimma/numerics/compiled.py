"""Compiled loops, used where the package pylimma-kernels is installed; NumPy does without.

The environment variable ``PYLIMMA_KERNELS=off``, set before the first use, does without them too.
"""

from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType

from pylimma.errors import InputWarning, warn

_MODULE = "pylimma_kernels"
_INTERFACE = 1  # of the functions of the module, which changes with their arguments


def _load() -> ModuleType | None:
    """The compiled module, unless it is switched off, missing or of another interface."""
    if os.environ.get("PYLIMMA_KERNELS", "").lower() in ("off", "0", "no", "false"):
        return None
    try:
        module = import_module(_MODULE)
    except ImportError:
        return None
    found = getattr(module, "INTERFACE", None)
    if found == _INTERFACE:
        return module
    warn(
        f"The installed pylimma-kernels has interface {found}, and this pylimma needs "
        f"{_INTERFACE}; NumPy is used, which is slower. Install the two from one release.",
        InputWarning,
    )
    return None


KERNELS = _load()
