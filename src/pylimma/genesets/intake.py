"""What tests of sets start from: orthogonal effects of all genes for one contrast or several.

Data of any kind are parsed and turned into effects once, whatever the number of contrasts. A fit
gives the effects of its contrasts as it stands; residual effects need the data that it was made
of, which it keeps on request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression, parse_expression
from pylimma.adapters.labels import per_gene
from pylimma.adapters.weights import choose_weights, parse_weights
from pylimma.containers.coefficients import coefficient_labels
from pylimma.containers.fit import MArrayLM
from pylimma.containers.mixed_model import check_fixed
from pylimma.design.contrasts.balance import unbalanced
from pylimma.design.intake import Design, parse_design
from pylimma.errors import (
    DesignError,
    InputError,
    ShapeError,
    StageError,
    UnknownNameError,
    quoted,
    warn,
)
from pylimma.fit.contrasts import contrast_matrix, contrasts_fit, planned_fit
from pylimma.fit.model import Blocks, fit_genes, parse_blocks
from pylimma.genesets.positions import SetIndex
from pylimma.moderation.squeeze_var import SqueezedVariances, squeeze
from pylimma.numerics.regression.effects import coefficient_last, contrast_last, effects
from pylimma.numerics.regression.gene_covariance import contrast_stdev
from pylimma.numerics.regression.least_squares import ROUNDING
from pylimma.numerics.regression.linalg import FactoredDesign, factor_design
from pylimma.record import Record
from pylimma.typing import FloatArray

_FEWEST_GENES = 3
_NUMBER = int | float | np.number | np.bool_


class Sampling(NamedTuple):
    """How the samples of an experiment were taken, as the user gave it."""

    weights: Any = None
    array_weights: Any = None
    block: Any = None
    correlation: Any = None
    samples: Any = None
    reference: Mapping[str, object] | None = None
    layer: str | None = None
    n_jobs: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class GeneEffects(Record):
    """Effects of all genes for some contrasts, independent and of one variance for each gene."""

    contrast: FloatArray  # (genes, contrasts): estimates over their unscaled standard errors
    unscaled: FloatArray  # (genes or 1, contrasts): those errors for contrasts of length one
    variance: FloatArray  # (genes,): residual variances
    df: float | FloatArray  # degrees of freedom of these
    average: FloatArray  # (genes,): average expression
    scaled_average: FloatArray  # (genes,): the same of data multiplied by roots of array weights
    labels: list[str]  # names of the contrasts
    # (genes, df): residual effects, one matrix for all contrasts or one for each
    residual: tuple[FloatArray, ...] = ()
    gene_names: pd.Index | None = None
    genes: pd.DataFrame | None = None
    moderated: SqueezedVariances | None = None  # of a fit that was moderated

    @property
    def n_genes(self) -> int:
        """Number of genes."""
        return len(self.contrast)

    def joined(self, k: int) -> FloatArray:
        """Effects of one contrast and the residual ones beside it, of shape (genes, df + 1)."""
        residual = self.residual[k if len(self.residual) > 1 else 0]
        return np.column_stack([self.contrast[:, k], residual])

    def identifiers(self, geneid: Any) -> Any:
        """What sets name genes by: their names, a column of their annotation, or a vector."""
        if geneid is None:
            return self.gene_names
        if isinstance(geneid, str):
            columns = [] if self.genes is None else list(map(str, self.genes.columns))
            if geneid not in columns:
                raise UnknownNameError(
                    f"`geneid` is '{geneid}'; the annotation has {quoted(columns) or 'no columns'}."
                )
            return self.genes.iloc[:, columns.index(geneid)].to_numpy()  # type: ignore[union-attr]
        return per_gene(geneid, self.n_genes, self.gene_names, "geneid")

    def moderate(
        self,
        covariate: FloatArray | None = None,
        robust: bool = False,
        winsor_tail_p: tuple[float, float] = (0.05, 0.1),
    ) -> SqueezedVariances:
        """Residual variances squeezed towards a prior; those of a moderated fit as they are."""
        if self.moderated is not None:
            return self.moderated
        df = np.broadcast_to(np.asarray(self.df, dtype=float), self.variance.shape)
        constant = bool(df.min() == df.max())
        return squeeze(
            self.variance,
            df,
            covariate,
            robust=robust,
            winsor_tail_p=winsor_tail_p,
            legacy=constant,
        )


def gene_effects(
    y: Any,
    design: Any,
    contrast: Any,
    sampling: Sampling,
    function: str,
    *,
    residual: bool = True,
) -> GeneEffects:
    """Effects of data of any kind, or of a fit; residual ones only where they are needed."""
    if isinstance(y, MArrayLM):
        return _of_fit(y, design, contrast, sampling, function, residual=residual)
    data = parse_expression(y, layer=sampling.layer, argument="y")
    _check_complete(data, function)
    model = parse_design(design, data, sampling.samples, reference=sampling.reference, quiet=True)
    _check_rank(model, function)
    contrasts = _contrasts(contrast, planned_fit(model))
    weights, by_array = _weights(sampling, data, function)
    blocks = parse_blocks(
        sampling.block, data.matrix.shape[1], data.sample_names, sampling.correlation
    )
    if blocks is not None and sampling.correlation is None:
        raise InputError(
            "`block` needs its correlation: estimate it with `duplicate_correlation` and pass "
            "`correlation=result.consensus_correlation`."
        )
    prepared = _Prepared(data, model.factors, weights, by_array, blocks, sampling.n_jobs)
    return prepared.effects(contrasts, residual=residual)


class Contrasts(NamedTuple):
    """Contrasts as columns, with a name each."""

    matrix: FloatArray  # (coefs, contrasts)
    labels: list[str]
    coefs: list[int] | None  # the coefficients that they are, where they were given as such

    def designs(self, design: FactoredDesign) -> list[FactoredDesign]:
        """The design in coordinates of which each contrast in turn is the last."""
        if self.coefs is None:
            return [contrast_last(design, contrast) for contrast in self.matrix.T]
        return [coefficient_last(design, coef) for coef in self.coefs]


class _Prepared(NamedTuple):
    """Checked data and design of an experiment."""

    data: Expression
    design: FactoredDesign
    weights: FloatArray | None  # (genes, samples)
    by_array: FloatArray | None  # (samples,)
    blocks: Blocks | None
    n_jobs: int | None

    def effects(self, contrasts: Contrasts, *, residual: bool) -> GeneEffects:
        """Effects of all contrasts."""
        y, design, weights = self.data.matrix, self.design, self.weights
        average = scaled_average = self.data.average
        if self.by_array is not None:
            root = np.sqrt(self.by_array)
            y, design = y * root, factor_design(design.matrix * root[:, None])
            scaled_average = y.mean(axis=1)
        if weights is not None and (weights.strides[1] == 0 or weights.shape[1] == 1):
            y, weights = y * np.sqrt(weights[:, :1]), None
        correlation = None if self.blocks is None else self.blocks.within
        if weights is not None:
            u, unscaled, variance = self._fitted(y, design, contrasts.matrix)
        elif correlation is not None:
            y, x = correlation.removed(y), correlation.removed(design.matrix.T).T
            design, correlation = factor_design(x), None
        parts: list[FloatArray] = []
        if weights is None or residual:
            designs = contrasts.designs(design)
            found = [effects(y, each, weights, self.n_jobs, correlation) for each in designs]
            parts = [_without_rounding(part[:, design.rank :], y) for part in found]
            if weights is None:
                u = np.column_stack([part[:, design.rank - 1] for part in found])
                unscaled = np.abs([[1 / each.triangle[-1, -1] for each in designs]])
                variance = np.einsum("ge,ge->g", parts[0], parts[0]) / parts[0].shape[1]
        df = float(y.shape[1] - design.rank)
        labels, data = contrasts.labels, self.data
        means = (average, scaled_average)
        return GeneEffects(
            u, unscaled, variance, df, *means, labels, tuple(parts), data.gene_names, data.genes
        )

    def _fitted(
        self, y: FloatArray, design: FactoredDesign, contrasts: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Effects of contrasts alone, from linear models of all genes with their own weights."""
        fit = fit_genes(y, design, self.weights, self.blocks, self.n_jobs, with_covariance=True)
        if fit.covariance is None:
            stdev = np.sqrt(fit.stdev_unscaled**2 @ contrasts**2)
        else:
            stdev = contrast_stdev(fit.covariance, contrasts)
        unscaled = stdev / np.linalg.norm(contrasts, axis=0)
        return fit.coefficients @ contrasts / stdev, unscaled, fit.sigma**2


def _without_rounding(residual: FloatArray, y: FloatArray) -> FloatArray:
    """Residual effects, zero for genes that have nothing but rounding errors."""
    rss, total = np.einsum("ge,ge->g", residual, residual), np.einsum("gs,gs->g", y, y)
    return np.where((rss > ROUNDING**2 * total)[:, None], residual, 0.0)


def _of_fit(
    fit: MArrayLM, design: Any, contrast: Any, sampling: Sampling, function: str, *, residual: bool
) -> GeneEffects:
    """Effects of a fit as it stands, or of the data that it keeps."""
    check_fixed(fit, function, 'test its t-statistics: camera_pr(fit["t"][:, coef], sets)')
    for name, value in {**sampling._asdict(), "design": design, "n_jobs": None}.items():
        if value is not None:
            raise InputError(f"`{name}` belongs to data; `{function}` was given a fit.")
    if contrast is None and "contrasts" in fit:
        contrast = coefficient_labels(fit)
    chosen = _contrasts(contrast, fit)
    if not residual:
        return _as_fitted(fit, chosen)
    if "EList" not in fit or "design" not in fit:
        raise StageError(
            f'`{function}` needs the data besides the fit: fit with keep=("cov_by_gene", '
            f'"EList"), or pass the data with `design` and `contrast` in place of the fit.'
        )
    given = chosen
    if "contrasts" in fit:
        given = Contrasts(fit["contrasts"] @ chosen.matrix, chosen.labels, None)
    kept = Sampling(
        block=fit.get("block"),
        correlation=fit.get("correlation") if "block" in fit else None,
        n_jobs=sampling.n_jobs,
    )
    return gene_effects(fit["EList"], fit.frame("design"), given, kept, function)


def _as_fitted(fit: MArrayLM, chosen: Contrasts) -> GeneEffects:
    """Effects of contrasts of a fit."""
    other = fit if chosen.coefs is not None else contrasts_fit(fit, chosen.matrix)
    at = slice(None) if chosen.coefs is None else chosen.coefs
    estimates, stdev = other["coefficients"][:, at], other["stdev_unscaled"][:, at]
    moderated = None
    if "s2_post" in fit and "df_prior" in fit:
        moderated = SqueezedVariances(fit["df_prior"], fit["s2_prior"], fit["s2_post"])
    average = fit["Amean"] if "Amean" in fit else np.full(len(estimates), np.nan)
    return GeneEffects(
        estimates / stdev,
        stdev,
        fit["sigma"] ** 2,
        fit["df_residual"],
        average,
        average,
        chosen.labels,
        (),
        fit.names("genes"),
        fit.get("genes"),
        moderated,
    )


def _check_complete(data: Expression, function: str) -> None:
    missing = ~np.isfinite(data.matrix).all(axis=1)
    if missing.any():
        which = np.flatnonzero(missing)
        names = which if data.gene_names is None else data.gene_names[which]
        raise InputError(
            f"`{function}` needs complete data; {int(missing.sum())} genes of `y` have missing "
            f"values ({quoted(names, 3)}). Remove them, or pass the t-statistics of a fit to "
            "`camera_pr`."
        )
    if len(data.matrix) < _FEWEST_GENES:
        raise InputError(f"`y` has {len(data.matrix)} genes; at least three are needed.")


def _check_rank(design: Design, function: str) -> None:
    n_samples, n_coefs = design.matrix.shape
    if design.rank < n_coefs:
        raise DesignError(
            f"`{function}` needs a design of full rank; not estimable: "
            f"{quoted(design.names[design.pivot[design.rank :]])}."
        )
    if n_samples <= n_coefs:
        raise DesignError(
            f"{n_samples} samples and {n_coefs} coefficients leave no residual degrees of freedom."
        )


def _contrasts(contrast: Any, fit: MArrayLM) -> Contrasts:
    """Contrasts in any form; the last coefficient where none is given."""
    names, size = coefficient_labels(fit), fit.shape[1]
    if isinstance(contrast, Contrasts):
        return contrast
    given = size - 1 if contrast is None else contrast
    named = [given] if isinstance(given, str) else given
    if isinstance(named, list) and named and all(isinstance(c, str) and c in names for c in named):
        coefs = [names.index(c) for c in named]
    else:
        coefs = [_position(given, size, names)] if isinstance(given, _NUMBER) else []
    if coefs:
        return Contrasts(np.eye(size)[:, coefs], [names[k] for k in coefs], coefs)
    matrix, found = contrast_matrix(contrast, fit)
    if matrix.shape[1] == 0:
        raise DesignError("`contrast` holds no contrast.")
    for message in unbalanced(contrast, matrix, fit):
        warn(message)
    if found is None:
        found = pd.Index([f"contrast{k + 1}" for k in range(matrix.shape[1])])
    return Contrasts(matrix, list(map(str, found)), None)


def _position(contrast: Any, size: int, names: list[str]) -> int:
    """A coefficient by its position from 0."""
    if isinstance(contrast, bool | np.bool_) or not float(contrast).is_integer():
        raise InputError(f"`contrast` must be a position, a name or a contrast; got {contrast!r}.")
    if not 0 <= contrast < size:
        raise InputError(
            f"`contrast` is {int(contrast)}; the design has {size} coefficients, counted from 0: "
            f"{quoted(names)}."
        )
    return int(contrast)


def _weights(
    sampling: Sampling, data: Expression, function: str
) -> tuple[FloatArray | None, FloatArray | None]:
    """Weights of observations (genes, samples) and of samples.

    Weights of genes or samples come on top of those stored with the data, but in `camera`.
    """
    own = _positive(sampling.weights, data, "weights")
    by_array = _positive(sampling.array_weights, data, "array_weights")
    if by_array is not None and by_array.ndim > 1:
        raise ShapeError("`array_weights` must have one value for each sample.")
    vector = own is not None and (own.ndim == 1 or own.strides[1] == 0)
    stored = data.weights if own is None or (vector and function != "camera") else None
    if stored is None:
        choose_weights(sampling.weights, data.weights, function)
    weights = _positive(stored, data, "weights")
    if own is not None and own.ndim == 1:
        by_array = own if by_array is None else own * by_array
    elif own is not None:
        weights = own if weights is None else own * weights
    return weights, by_array


def _positive(given: Any, data: Expression, argument: str) -> FloatArray | None:
    """Weights as a matrix or one for each sample, all of which can be used."""
    if given is None:
        return None
    weights = parse_weights(given, data.matrix.shape, data.gene_names, data.sample_names)
    if weights is None or not ((weights > 0) & np.isfinite(weights)).all():
        raise InputError(f"`{argument}` must be positive and finite for tests of sets.")
    return weights


def without_genes(sets: SetIndex, kept: Any) -> SetIndex:
    """Sets among the genes that are kept, a mask; the positions are those among them."""
    place = np.cumsum(kept) - 1
    there = kept[sets.positions]
    ends = np.append(0, np.cumsum(there))[sets.indptr]
    return SetIndex(
        **{
            **{name: sets[name] for name in sets},
            "indptr": ends,
            "positions": place[sets.positions[there]],
            "weights": sets.weights[there],
            "collection": sets.collection,
        }
    )
