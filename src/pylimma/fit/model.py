"""Linear models of all genes on checked arrays: what every fit comes down to.

Functions that take data of any kind parse them, fit here, and label the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression
from pylimma.adapters.labels import block_labels
from pylimma.arguments import number, sequence, whole
from pylimma.containers.components import Components
from pylimma.containers.fit import MArrayLM
from pylimma.containers.ownership import Made
from pylimma.design.intake import Design
from pylimma.errors import DesignError, EstimationWarning, InputError, check_choice, warn
from pylimma.fit.shards import estimated
from pylimma.numerics.missing_values import all_finite, all_positive, n_observed, some_rows
from pylimma.numerics.regression.correlated_blocks import Correlation
from pylimma.numerics.regression.correlated_least_squares import correlated_least_squares
from pylimma.numerics.regression.gene_covariance import null_spaces
from pylimma.numerics.regression.least_squares import LinearFit, least_squares
from pylimma.numerics.regression.linalg import FactoredDesign, factor_design, triangular_inverse
from pylimma.numerics.regression.robust_regression import (
    HuberOptions,
    RobustFit,
    robust_regression,
)
from pylimma.preprocessing.arrays.duplicates import get_spacing, unwrapdups
from pylimma.typing import AnyArray, FloatArray, IntArray

_ESTIMATES = ("coefficients", "stdev_unscaled", "sigma", "df_residual")


class Blocks(NamedTuple):
    """Samples that are correlated."""

    labels: AnyArray | None  # (samples,) as the user gave them; None for duplicate spots
    number: IntArray  # (samples,) the block of each sample, from 0
    correlation: float = 0.0

    @property
    def within(self) -> Correlation:
        """Correlation of the samples, to be removed."""
        return Correlation(self.number, self.correlation)


def parse_keep(keep: Any, known: tuple[str, ...] = ("cov_by_gene",)) -> list[str]:
    """Names of the optional components that a fit keeps."""
    names = [keep] if isinstance(keep, str) else sequence(keep, "keep")
    for name in names:
        check_choice(name, known, "keep")
    return names


def parse_blocks(
    block: Any, n_samples: int, names: pd.Index | None, correlation: float | None = None
) -> Blocks | None:
    """Blocks in the order of the samples, with their correlation where that is known."""
    labels = block_labels(block, n_samples, names)
    if labels is None:
        return None
    codes = pd.factorize(labels)[0]
    rho = 0.0 if correlation is None else parse_correlation(correlation, codes)
    return Blocks(labels, codes, rho)


def parse_correlation(correlation: Any, block: IntArray) -> float:
    """A correlation that data with these blocks can have."""
    rho = number(correlation, "correlation")
    largest = int(np.bincount(block).max())
    lowest = -1 / (largest - 1) if largest > 1 else -1.0
    if not lowest < rho < 1:
        raise InputError(
            f"`correlation` is {rho:g}; with blocks of up to {largest} samples it must lie "
            f"between {lowest:.3g} and 1."
        )
    return rho


def parse_spots(
    ndups: int | None, spacing: int | str | None, source: Any, usual: int
) -> tuple[int, int]:
    """Number and spacing of duplicate spots, as given, as stored with the data, or as usual."""
    printer = (source.get("printer") if isinstance(source, Components) else None) or {}
    number_of_spots = whole(printer.get("ndups", usual) if ndups is None else ndups, "ndups", 1)
    step = printer.get("spacing", 1) if spacing is None else spacing
    return number_of_spots, get_spacing(step, printer)


def unwrap_duplicates(
    y: FloatArray, design: FactoredDesign, weights: FloatArray | None, ndups: int, spacing: int
) -> tuple[FloatArray, FactoredDesign, FloatArray | None]:
    """Data, design and weights with the duplicate spots of an array as samples side by side."""
    if ndups == 1:
        return y, design, weights
    if weights is not None:
        by_sample = weights.ndim == 1
        weights = np.repeat(weights, ndups) if by_sample else unwrapdups(weights, ndups, spacing)
    repeated = factor_design(np.repeat(design.matrix, ndups, axis=0))
    return unwrapdups(y, ndups, spacing), repeated, weights


def duplicate_blocks(n_arrays: int, ndups: int, correlation: float | None = 0.0) -> Blocks:
    """Arrays as blocks of their duplicate spots."""
    blocks = np.repeat(np.arange(n_arrays), ndups)
    return Blocks(None, blocks, parse_correlation(correlation, blocks))


def fit_genes(
    y: FloatArray,
    design: FactoredDesign,
    weights: FloatArray | None = None,
    blocks: Blocks | None = None,
    n_jobs: int | None = None,
    *,
    with_covariance: bool = False,
) -> LinearFit:
    """Least squares fits of all genes, generalised where samples of a block are correlated."""
    if blocks is None:
        # columns without a sample in common stay uncorrelated whatever the weights
        known = not with_covariance or bool((np.count_nonzero(design.matrix, axis=1) <= 1).all())
        return least_squares(y, design, weights, n_jobs, with_covariance=not known)
    return correlated_least_squares(
        y,
        design.matrix,
        blocks.number,
        blocks.correlation,
        weights,
        n_jobs,
        with_covariance=with_covariance,
    )


def huber_options(options: Mapping[str, Any]) -> HuberOptions:
    """Options of robust fits by their names."""
    unknown = set(options) - set(HuberOptions._fields)
    if unknown:
        raise InputError(
            f"Robust fits have no option {min(unknown)!r}; they take "
            f"{', '.join(HuberOptions._fields)}."
        )
    return HuberOptions(**options)


def fit_genes_robustly(
    y: FloatArray,
    design: FactoredDesign,
    weights: FloatArray | None,
    options: HuberOptions,
    n_jobs: int | None = None,
) -> RobustFit:
    """M-estimates of all genes, for a design of full rank."""
    n_coefs = len(design.pivot)
    if design.rank < n_coefs:
        raise DesignError(
            f"Robust fits need a design of full rank; it has rank {design.rank} for {n_coefs} "
            f"coefficients."
        )
    fit = estimated(partial(robust_regression, y, design, weights, options, n_jobs))
    failed = (~fit.converged & np.isfinite(fit.sigma)).sum()
    if failed:
        warn(f"Robust fits of {failed} genes did not converge; raise `maxit`.", EstimationWarning)
    return fit


def assemble_fit(
    estimates: LinearFit | RobustFit,
    y: FloatArray,
    design: FactoredDesign,
    weights: FloatArray | None = None,
    blocks: Blocks | None = None,
) -> MArrayLM:
    """Fit without names: estimates with the covariance of the coefficients.

    The covariance is that of all genes where they share one fit, otherwise that of the design
    without weights.
    """
    complete = all_finite(y)
    weighted = estimates.get("weighted_design") if complete else None
    factors = design if weighted is None else weighted
    fit = MArrayLM(
        {name: Made(estimates[name]) for name in _ESTIMATES},
        cov_coefficients=factors.covariance,
        pivot=factors.pivot,
        rank=factors.rank,
        cov_by_gene=None if "covariance" not in estimates else Made(estimates["covariance"]),
    )
    if not complete or (weights is not None and not all_positive(weights)):
        add_null_spaces(fit, y, design, weights)
    if blocks is None:
        return fit
    shared = complete and weights is not None and weights.ndim == 1 and (weights > 0).all()
    fit["cov_coefficients"] = _correlated_covariance(
        design, blocks, weights if shared and blocks.labels is not None else None
    )
    fit.update(correlation=blocks.correlation, ndups=1, spacing=1)
    if blocks.labels is not None:
        fit["block"] = np.array(blocks.labels)
    return fit


def add_null_spaces(
    fit: MArrayLM, y: FloatArray, design: FactoredDesign, weights: FloatArray | None
) -> None:
    """Add what genes with missing coefficients cannot tell, where there are such genes."""
    lacking = np.flatnonzero(np.isnan(fit["coefficients"][:, design.independent]).any(axis=1))
    if lacking.size == 0:
        return
    observed = np.isfinite(some_rows(y, lacking))
    if weights is not None:
        part = weights if weights.ndim == 1 else some_rows(weights, lacking)
        observed &= np.isfinite(part) & (part > 0)
    spaces, membership = null_spaces(design.matrix[:, np.sort(design.independent)], observed)
    n_coefs = len(design.pivot)
    whole = np.zeros((len(spaces) + 1, n_coefs, n_coefs))  # the first serves all other genes
    place = np.sort(design.independent)
    whole[1:, place[:, None], place] = spaces
    pattern = np.zeros(len(y), dtype=np.intp)
    pattern[lacking] = membership + 1
    fit["null_space"], fit["null_pattern"] = whole, pattern


def label_fit(
    fit: MArrayLM, data: Expression, design: Design, average: FloatArray, method: str = "ls"
) -> MArrayLM:
    """Fit with names, annotation and average expression."""
    if len(fit["sigma"]) == len(data.matrix) and not all_finite(data.matrix):
        fit["n_observed"] = n_observed(data.matrix)
    fit.update(Amean=average, method=method, design=design.matrix)
    fit["genes"], fit["description"] = data.genes, design.description
    fit["log_ratios"] = True if design.log_ratios else None
    return fit.set_names(
        genes=data.gene_names,
        coefs=design.names,
        design_columns=design.names,
        samples=data.sample_names,
        estimable=design.names[fit.estimable],
    )


def _correlated_covariance(
    design: FactoredDesign, blocks: Blocks, weights: FloatArray | None
) -> FloatArray:
    """Unscaled covariance of the design's estimable coefficients for correlated observations."""
    columns = design.matrix[:, design.independent]
    if weights is not None:
        columns = columns * np.sqrt(weights)[:, None]
    whitened = blocks.within.removed(columns.T).T
    inverse = triangular_inverse(np.asarray(np.linalg.qr(whitened, mode="r")))
    return inverse @ inverse.T
