"""Linear models, empirical Bayes and precision weights for gene expression.

pylimma brings limma to Python: a linear model for every gene, variances moderated across
genes, precision weights for RNA-seq, and tables, tests and plots of the results. The public
names are listed once, in the stub beside this file, and loaded on first use.

Defaults follow limma 4.0.0 (October 2026) and edgeR 4.10; what differs from them on purpose is
listed on the page "Differences from R" of the documentation.
"""

from __future__ import annotations

from typing import Any

import lazy_loader

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - takes longer than all the rest

        return version("pylimma")
    return _load(name)
