"""Decisions for all genes and contrasts under four ways of multiple testing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pylimma.adapters.labels import aligned, aligned_matrix, matrix_names
from pylimma.arguments import number, numbers
from pylimma.containers.decisions import TestResults
from pylimma.containers.fit import MArrayLM
from pylimma.containers.mixed_model import check_fixed
from pylimma.errors import InputError, ShapeError, StageError, check_choice
from pylimma.numerics.distributions.tails import t_two_sided
from pylimma.numerics.p_values import adjust_p_values, adjust_rows, simes
from pylimma.results.classify import classify, contrast_matrix, contrast_whitening
from pylimma.results.tables import adjust_matrix, check_one_threshold, moderated
from pylimma.typing import AdjustMethod, BoolArray, FloatArray

_METHODS = ("separate", "global", "hierarchical", "nestedF")
_ADJUST = ("none", "bonferroni", "holm", "BH", "fdr", "BY")


def decide_tests(
    object: MArrayLM | ArrayLike,
    method: str = "separate",
    adjust_method: AdjustMethod = "BH",
    p_value: float = 0.05,
    lfc: float = 0.0,
    coefficients: ArrayLike | None = None,
    cor_matrix: Any = None,  # noqa: ARG001 - R's position
    tstat: ArrayLike | None = None,
    df: Any = np.inf,  # noqa: ARG001 - R's position
    genewise_p_value: ArrayLike | None = None,
) -> TestResults:
    r"""Significant genes of every contrast: up, down or neither.

    Parameters
    ----------
    object : MArrayLM, or array or DataFrame of shape (genes, contrasts)
        A fit, moderated by `e_bayes` first if it is not yet, or p-values.
    method : {"separate", "global", "hierarchical", "nestedF"}
        How tests of all genes and contrasts are combined; see Notes.
    adjust_method : {"BH", "fdr", "BY", "holm", "bonferroni", "none"}
        Adjustment for multiple testing.
    p_value : float
        Level, between 0 and 1.
    lfc : float
        Smallest absolute log2 fold change, at least 0; not for a fit from `treat`.
    coefficients : array of shape (genes, contrasts), optional
        With p-values: effects, which give the direction.
    cor_matrix, df : object
        With p-values: not used.
    tstat : array of shape (genes, contrasts), optional
        With p-values: statistics that give the direction, in place of effects.
    genewise_p_value : array of shape (genes,), optional
        With p-values and the hierarchical method: one p-value a gene; Simes' when not given.

    Returns
    -------
    TestResults
        -1, 0 or 1 for each gene and contrast (0 or 1 where no direction is known), NaN where
        there was no test. ``.summary()`` counts, ``.to_frame()`` labels.

    Raises
    ------
    InputError
        For an option out of its choices, p-values outside 0 to 1, or nested F-tests of
        p-values.
    StageError
        If a method needs F-tests that the fit lacks, or `lfc` comes on top of `treat`.

    See Also
    --------
    top_table : Genes of one contrast, with their p-values.
    venn_counts : How decisions of several contrasts overlap.

    Notes
    -----
    "separate" adjusts the p-values of each contrast on its own, "global" all together.
    "hierarchical" chooses genes by their adjusted F-tests and then tests contrasts within each
    of those, at the level :math:`a\cdot` `p_value` with a = :math:`i/n` for BH where i of n
    genes are chosen, :math:`1/n` for Bonferroni, :math:`1/(n-i+1)` for Holm. "nestedF" calls
    the contrasts of a chosen gene significant by `classify_tests_f`.

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> p = np.array([[0.001, 0.2], [0.03, 0.04], [0.6, 0.7]])
    >>> pylimma.decide_tests(p, coefficients=[[1, 1], [-1, 1], [1, 1]]).ravel()
    array([ 1.,  0., -1.,  0.,  0.,  0.])
    """
    check_choice(method, _METHODS, "method")
    check_choice(adjust_method, _ADJUST, "adjust_method")
    adjust_method = "BH" if adjust_method == "fdr" else adjust_method
    p_value, lfc = number(p_value, "p_value", 0, 1), number(lfc, "lfc", 0)
    if isinstance(object, MArrayLM):
        return _decide_fit(object, method, adjust_method, p_value, lfc)
    return _decide_p_values(
        object, method, adjust_method, p_value, lfc, coefficients, tstat, genewise_p_value
    )


def _decide_fit(
    fit: MArrayLM, method: str, adjust_method: AdjustMethod, level: float, lfc: float
) -> TestResults:
    """Decisions for a moderated fit."""
    fit = moderated(fit, "decide_tests")
    check_one_threshold(fit, lfc, "lfc")
    if "treat_lfc" in fit and method in ("hierarchical", "nestedF"):
        raise StageError(
            f'method="{method}" chooses genes by F-tests, and `treat` gives none: use "separate" '
            f'or "global", or a fit from `e_bayes`.'
        )
    if method == "nestedF":
        check_fixed(fit, 'decide_tests(method="nestedF")', 'method="hierarchical" is for such fits')
    estimates = fit["coefficients"]
    if method in ("separate", "global"):
        adjusted = adjust_matrix(fit["p_value"], method, adjust_method)
        decisions = _signed(adjusted < level, estimates, np.isnan(adjusted))
    elif method == "hierarchical":
        decisions = _hierarchical(fit, adjust_method, level)
    else:
        decisions = _nested_f(fit, adjust_method, level)
    if lfc > 0:
        with np.errstate(invalid="ignore"):
            decisions = np.where(np.abs(estimates) > lfc, decisions, decisions * 0.0)
    return TestResults(decisions, fit.names("genes"), fit.names("coefs"))


def _signed(significant: BoolArray, direction: FloatArray, missing: BoolArray) -> FloatArray:
    return np.where(missing, np.nan, np.where(significant, np.sign(direction), 0.0))


def _genewise(fit: MArrayLM, adjust_method: AdjustMethod, level: float) -> tuple[BoolArray, float]:
    """Genes selected by their F-tests, and the level left for their contrasts."""
    if "F_p_value" not in fit:
        raise StageError(
            "Hierarchical and nested tests need F-tests, which this fit lacks: its design must be "
            "of full rank."
        )
    p = fit["F_p_value"]
    if np.isnan(p).any():
        raise InputError(
            f"F-tests are missing for {np.isnan(p).sum()} genes; leave these genes out, or use "
            f'method="separate" or "global".'
        )
    selected = adjust_p_values(p, adjust_method) < level
    return selected, level * _share(int(selected.sum()), len(p), adjust_method)


def _share(n_selected: int, n_genes: int, adjust_method: AdjustMethod) -> float:
    """Share of the level for the contrasts of the selected genes."""
    if adjust_method == "bonferroni":
        return 1 / n_genes
    if adjust_method == "holm":
        return 1 / (n_genes - n_selected + 1)
    share = n_selected / n_genes
    if adjust_method == "BY":
        return share / float(np.sum(1 / np.arange(1, n_genes + 1)))
    return share if adjust_method == "BH" else 1.0


def _hierarchical(fit: MArrayLM, adjust_method: AdjustMethod, level: float) -> FloatArray:
    """Contrasts within the genes selected by their F-tests."""
    selected, left = _genewise(fit, adjust_method, level)
    tstat = fit["t"][selected]
    df = fit["df_residual"] + fit["df_prior"]
    p = t_two_sided(tstat, df[selected, None])
    decisions = np.zeros(fit.shape)
    decisions[selected] = np.sign(tstat) * (adjust_rows(p, adjust_method) < left)
    return decisions


def _nested_f(fit: MArrayLM, adjust_method: AdjustMethod, level: float) -> FloatArray:
    """Contrasts whose F-test stays significant when the larger ones are cut down."""
    selected, left = _genewise(fit, adjust_method, level)
    decisions = np.zeros(fit.shape)
    if selected.any():
        df = (fit["df_residual"] + fit["df_prior"])[selected]
        factors = contrast_whitening(fit.subset(selected))
        decisions[selected] = classify(fit["t"][selected], factors, df, left)
    return decisions


def _decide_p_values(
    p: Any,
    method: str,
    adjust_method: AdjustMethod,
    level: float,
    lfc: float,
    coefficients: Any,
    tstat: Any,
    genewise: Any,
) -> TestResults:
    """Decisions for a matrix of p-values."""
    rows, columns = matrix_names(p)
    values = contrast_matrix(p, "object")
    if np.nanmin(values, initial=0.0) < 0 or np.nanmax(values, initial=0.0) > 1:
        raise InputError("P-values must lie between 0 and 1.")
    if method == "nestedF":
        raise InputError("Nested F-tests need a fit; p-values alone are not enough.")
    if method == "hierarchical":
        genewise = aligned(genewise, rows, "genes", "genewise_p_value")
        significant = _hierarchical_p_values(values, adjust_method, level, genewise)
        missing = np.isnan(values)
    else:
        adjusted = adjust_matrix(values, method, adjust_method)
        significant, missing = adjusted <= level, np.isnan(adjusted)
    effects = coefficients if coefficients is not None else tstat
    if effects is None:
        decisions = np.where(missing, np.nan, significant.astype(float))
        return TestResults(decisions, rows, columns, signed=False)
    argument = "tstat" if coefficients is None else "coefficients"
    direction = contrast_matrix(aligned_matrix(effects, rows, columns, argument), argument)
    if direction.shape != values.shape:
        raise ShapeError(f"`{argument}` has shape {direction.shape} and `object` {values.shape}.")
    decisions = _signed(significant, direction, missing)
    if lfc > 0:
        decisions = np.where(np.abs(direction) < lfc, 0.0, decisions)
    return TestResults(decisions, rows, columns)


def _hierarchical_p_values(
    p: FloatArray, adjust_method: AdjustMethod, level: float, genewise: Any
) -> BoolArray:
    """Contrasts within the genes selected by their combined p-values."""
    if genewise is None:
        whole = simes(p.ravel(), np.arange(0, p.size, p.shape[1]))
    else:
        whole = numbers(genewise, "genewise_p_value").ravel()
    if len(whole) != len(p):
        raise InputError(f"`genewise_p_value` has {len(whole)} values for {len(p)} genes.")
    selected = adjust_p_values(whole, adjust_method) <= level
    left = level * _share(int(selected.sum()), len(p), adjust_method)
    return selected[:, None] & (adjust_rows(p, adjust_method) <= left)
