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


# Names of R that are more than another spelling of the one here.
_OTHER_NAMES = {
    "calcNormFactors": "norm_lib_sizes",
    "modelMatrix": "two_color_design",
    "model.matrix": "model_matrix",
    "p.adjust": "p_adjust",
    "topTableF": "top_table",
    "predFCm": "pred_fcm",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from pylimma.release import version  # noqa: PLC0415 - takes longer than all the rest

        return version()
    try:
        return _load(name)
    except AttributeError as error:
        hint = "" if name.startswith("_") else _hint(name)
        raise AttributeError(f"{error}{hint}", name=name) from None


def _hint(name: str) -> str:
    """What a name of R, or a misspelt one, is called here."""
    import re  # noqa: PLC0415 - only for a name that is not there

    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    wanted = _OTHER_NAMES.get(name, words.replace(".", "_").lower())
    if wanted in __all__:
        return f". It is called `{wanted}` here"
    from difflib import get_close_matches  # noqa: PLC0415 - as above

    near = get_close_matches(wanted, __all__, n=3)
    return f". Did you mean {' or '.join(f'`{other}`' for other in near)}?" if near else ""
