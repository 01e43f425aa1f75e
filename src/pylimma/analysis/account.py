"""An analysis in a few lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pylimma.containers.counts import DGEList
from pylimma.containers.fit import MArrayLM
from pylimma.design.rank import non_estimable

if TYPE_CHECKING:
    from pylimma.analysis.result import Analysis

METHODS = {
    "voom": "voom: log2 counts per million, weighed by their mean-variance trend",
    "voom_lm_fit": "voom with correct residual degrees of freedom for genes with zeros",
    "quality_weights": "voom with weights of observations and of samples",
    "trend": "log2 counts per million, prior variance with a trend over expression",
    "ls": "log-expression as given, all observations alike",
}


def account(analysis: Analysis) -> str:
    """What was analysed and what came of it."""
    text = [f"{label:<10} {value}" for label, value in facts(analysis)]
    counts = summary_table(analysis)
    text += ["", *counts.to_string().splitlines()]
    if analysis.warnings:
        text += ["", *(f"warning: {message}" for message in analysis.warnings)]
    return "\n".join(["Analysis of differential expression", *text])


def facts(analysis: Analysis) -> list[tuple[str, str]]:
    """What the account says of samples, genes and model."""
    lines = [
        ("samples", _samples(analysis)),
        ("genes", _genes(analysis)),
        ("method", METHODS[analysis.options.method]),
        ("design", _design(analysis)),
        ("estimable", estimable(analysis.design)),
        ("blocks", _blocks(analysis)),
        ("prior", prior(analysis.fit)),
        ("calls", calls_rule(analysis)),
    ]
    return [(label, value) for label, value in lines if value]


def summary_table(analysis: Analysis) -> pd.DataFrame:
    """Numbers of genes down, not called and up in each comparison."""
    values = analysis.decisions.values
    counts = [(values < 0).sum(axis=0), (values == 0).sum(axis=0), (values > 0).sum(axis=0)]
    return pd.DataFrame(
        dict(zip(("down", "not called", "up"), counts, strict=True)), index=list(analysis.tables)
    )


def estimable(design: pd.DataFrame) -> str:
    """What can be estimated, in words."""
    lost = non_estimable(design)
    n_coefs = design.shape[1]
    if not lost:
        return f"all {n_coefs} coefficients"
    return f"{n_coefs - len(lost)} of {n_coefs} coefficients; not {', '.join(map(str, lost))}"


def prior(fit: MArrayLM) -> str:
    """The prior of the variances, in words."""
    df, s2 = np.atleast_1d(fit["df_prior"]), np.atleast_1d(fit["s2_prior"])
    return f"variance {_range(s2)}, {_range(df)} degrees of freedom"


def calls_rule(analysis: Analysis) -> str:
    """By which rule genes are called, in words."""
    options = analysis.options
    adjusted = "p-value" if options.adjust_method == "none" else "adjusted p-value"
    rule = f"{adjusted} below {options.p_value:g}"
    if options.adjust_method != "none":
        rule += f" ({options.adjust_method})"
    if options.tests_threshold:
        return f"{rule}, tested against a log2 fold change of {options.lfc:g}"
    return f"{rule}, log2 fold change beyond {options.lfc:g}" if options.lfc else rule


def _range(values: np.ndarray) -> str:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if np.isinf(low):
        return "infinite"
    text = f"{low:.3g}"
    return text if low == high else f"{text} to {'infinity' if np.isinf(high) else f'{high:.3g}'}"


def _samples(analysis: Analysis) -> str:
    text = f"{analysis.data.shape[1]}"
    if isinstance(analysis.counts, DGEList):
        size = analysis.counts.samples["lib_size"]
        text += f", libraries of {size.min():,.0f} to {size.max():,.0f} reads"
    return text


def _genes(analysis: Analysis) -> str:
    n_kept, n_genes = int(analysis.kept.sum()), len(analysis.kept)
    if n_kept == n_genes:
        return f"{n_genes:,}, all kept"
    return f"{n_kept:,} kept of {n_genes:,} ({n_kept / n_genes:.0%})"


def _design(analysis: Analysis) -> str:
    n_samples, n_coefs = analysis.design.shape
    return f"{analysis.formula} ({n_samples} samples × {n_coefs} coefficients)"


def _blocks(analysis: Analysis) -> str:
    if analysis.block is None:
        return ""
    number = len(set(analysis.block))
    found = analysis.fit.get("correlation")
    return f"{number}, correlation within them {found:.3f}" if found is not None else f"{number}"
