"""Average correlation between the genes of a set, from their residuals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pylimma.adapters.expression import parse_expression
from pylimma.design.intake import parse_design
from pylimma.errors import InputError, ShapeError
from pylimma.genesets.positions import SetIndex
from pylimma.genesets.sets import parse_sets
from pylimma.numerics.regression.effects import residual_effects
from pylimma.record import Record
from pylimma.typing import DesignLike, ExpressionLike, FloatArray

_SMALLEST_SHARE = 1e-8  # of the usual residual variance: a gene of less has no correlations


@dataclass(frozen=True, slots=True, eq=False)
class InterGeneCorrelation(Record):
    """How the mean of correlated genes varies.

    Attributes
    ----------
    vif : float
        Variance inflation factor: variance of the mean over that of independent genes.
    correlation : float
        Average correlation between genes; NaN for a single one.
    """

    vif: float
    correlation: float


def membership(sets: SetIndex, n_genes: int) -> Any:
    """Sparse matrix of which genes are in which set, how many times."""
    whole = sets.matrix(n_genes)
    whole.data = np.ones_like(whole.data)
    return whole


def inflation(
    residual: FloatArray, variance: FloatArray, sets: SetIndex
) -> tuple[FloatArray, FloatArray]:
    """Variance inflation factors of sets and the correlations behind them.

    `residual` are residual effects (genes, df), `variance` their mean squares.
    """
    known = variance[variance > 0]
    floor = _SMALLEST_SHARE * float(np.median(known)) if known.size else 1.0
    scaled = residual / np.sqrt(np.maximum(variance, floor))[:, None]
    size = sets.n_genes.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = (membership(sets, len(variance)) @ scaled) / size[:, None]
        vif = size * (means**2).mean(axis=1)
        rho = (vif - 1) / (size - 1)
    return np.where(size == 1, 1.0, vif), np.where(size == 1, np.nan, rho)


def inter_gene_correlation(y: ExpressionLike, design: DesignLike) -> InterGeneCorrelation:
    """Average correlation between genes, from their residuals.

    Parameters
    ----------
    y : array or DataFrame of shape (genes, samples)
        Log2 expression of the genes of one set, without missing values.
    design : array or DataFrame of shape (samples, coefs), or formula
        Design matrix, which may be rank-deficient.

    Returns
    -------
    InterGeneCorrelation
        Components `vif` and `correlation`.

    Raises
    ------
    InputError
        If values are missing, or a gene has no residual variance.
    ShapeError
        If design and data do not fit together, or leave no residual degrees of freedom.

    See Also
    --------
    camera : Test sets with such correlations.

    Notes
    -----
    With residual effects scaled to mean square one in each gene, `vif` is the variance of their
    mean over that of independent genes, and the correlation (vif - 1)/(m - 1) for m genes [1]_.

    References
    ----------
    .. [1] Wu D, Smyth GK (2012). Nucleic Acids Research 40:e133.
       https://doi.org/10.1093/nar/gks461

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> rng = np.random.default_rng(1)
    >>> y = rng.normal(size=(50, 40)) + rng.normal(size=40)
    >>> round(pylimma.inter_gene_correlation(y, np.ones((40, 1))).correlation, 1)
    0.6
    """
    data = parse_expression(y, argument="y")
    factors = parse_design(design, data, quiet=True).factors
    residual = residual_effects(data.matrix, factors)
    if residual.shape[1] == 0:
        raise ShapeError("The design leaves no residual degrees of freedom.")
    if not np.isfinite(residual).all():
        raise InputError("`y` has missing values; remove these genes.")
    variance = (residual**2).mean(axis=1)
    if not (variance > 0).all():
        raise InputError("`y` has genes without residual variance, which correlate with nothing.")
    sets = parse_sets({"set1": np.arange(len(residual))}, None, len(residual))
    vif, rho = inflation(residual, variance, sets)
    return InterGeneCorrelation(float(vif[0]), float(rho[0]))
