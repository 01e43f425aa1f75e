r"""Log2 counts per million as the voom family uses them, and the library sizes behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression, parse_counts
from pylimma.adapters.labels import per_sample
from pylimma.arguments import numbers
from pylimma.containers.counts import DGEList
from pylimma.containers.expression import EList
from pylimma.containers.ownership import Made
from pylimma.design.intake import Design, parse_design, sample_table
from pylimma.errors import InputError, InputWarning, Note, check_choice, warn
from pylimma.numerics.blocks import map_genes
from pylimma.numerics.counts.summary import count_summary
from pylimma.numerics.lazy import LazyMatrix, not_streamed
from pylimma.numerics.missing_values import row_means
from pylimma.numerics.precision.variance_trend import (
    BrokenLine,
    VarianceTrend,
    lazy_weights,
    lowess_trend,
    trend_weights,
)
from pylimma.preprocessing.arrays.between_arrays import ONE_COLOR, normalize_between_arrays
from pylimma.preprocessing.counts.blocks import is_sparse
from pylimma.preprocessing.counts.checks import check_counts, check_lib_size, sizes_of
from pylimma.preprocessing.counts.intake import choose_offset, parse_offset
from pylimma.record import Record
from pylimma.typing import AnyArray, BoolArray, FloatArray

LOG2_MILLION = float(np.log2(1e6))
PRIOR_COUNT = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class LogCounts(Record):
    """Counts with their design and library sizes, ready for a mean-variance trend."""

    data: Expression  # the counts and their labels
    design: Design
    lib_size: FloatArray  # (samples,) library sizes, in reads
    # (samples,) or (genes, samples) log2 of one more than the effective library sizes
    log_size: FloatArray
    # (samples,) or (genes, samples) natural log of a factor of the library size
    offset_prior: FloatArray | None
    E: Any  # (genes, samples) log2 counts per million, normalised if that was asked for

    @property
    def mean_log_size(self) -> float:
        """Mean over samples of the log2 library sizes plus one."""
        return float(np.mean(np.log2(self.lib_size + 1)))

    @property
    def counted(self) -> BoolArray:
        """Which genes have any count, of shape (genes,)."""
        matrix = self.data.matrix
        if isinstance(matrix, LazyMatrix):
            return count_summary(matrix).counted
        return np.concatenate(map_genes(_any_count, (matrix,)))

    def targets(self) -> pd.DataFrame:
        """Table of samples with these library sizes in the column `lib_size`."""
        table = self.data.samples
        if table is None:
            return pd.DataFrame({"lib_size": self.lib_size}, index=self.data.sample_names)
        return table.assign(lib_size=self.lib_size)

    def labelled(self) -> EList:
        """The log-counts with everything but weights."""
        result = EList(
            E=self.E if isinstance(self.E, LazyMatrix) else Made(self.E),
            genes=self.data.genes,
            targets=self.targets(),
            design=self.design.matrix,
            description=self.design.description,
            lib_size=self.lib_size,
            offset_prior=self.offset_prior,
        )
        return result.set_names(
            genes=self.data.gene_names,
            samples=self.data.sample_names,
            design_columns=self.design.names,
        )

    def trend(self, sigma: FloatArray, span: float) -> VarianceTrend:
        """Mean-variance trend of the genes that have counts."""
        taken = self.counted & np.isfinite(sigma)
        size = np.array(row_means(self.E))
        size += self.mean_log_size
        size -= LOG2_MILLION
        return lowess_trend(size[taken], np.sqrt(sigma[taken]), span)

    def weights(self, line: BrokenLine, coefficients: FloatArray, n_jobs: int | None) -> Any:
        """Precision weights at the fitted counts."""
        design = self.design.factors
        whole = design.rank == len(design.pivot)
        kept = slice(None) if whole else design.independent
        size = self.log_size - LOG2_MILLION
        if isinstance(self.E, LazyMatrix):
            return lazy_weights(line, coefficients[:, kept], self.design.matrix[:, kept], size)
        return trend_weights(line, coefficients[:, kept], self.design.matrix[:, kept], size, n_jobs)


def log_counts(
    counts: Any,
    design: Any,
    lib_size: Any,
    offset: Any = None,
    offset_prior: Any = None,
    normalize_method: str = "none",
    *,
    samples: Any = None,
    reference: Mapping[str, object] | None = None,
    layer: str | None = None,
    n_jobs: int | None = None,
    centred: bool = False,
    sparse: bool = False,
    streams: bool = False,
) -> LogCounts:
    r"""Counts of any kind as log2 counts per million, with their design.

    Offsets are the logarithms of the library sizes :math:`L_{gj}`, or, where they are to be
    `centred`, factors of them. Counts that are `sparse` stay so.

    .. math:: E_{gj} = \log_2\left(\frac{y_{gj} + 0.5}{L_{gj} + 1}\,10^6\right)
    """
    check_choice(normalize_method, ONE_COLOR, "normalize_method")
    sparse = sparse and offset is None
    data = parse_counts(counts, layer=layer, sparse=sparse, streams=streams)
    source = data.source if isinstance(data.source, DGEList) else None
    check_counts(data, normalised_hint="voom")
    if data.matrix.shape[0] < 2:
        raise InputError("A mean-variance trend needs at least two genes.")
    sizes = _library_sizes(data, source, lib_size)
    if source is not None and offset is None and offset_prior is None:
        offset, offset_prior = source.get("offset"), source.get("offset_prior")
    if centred:
        offset, offset_prior = None, _centred(offset, offset_prior, data)
    offset = choose_offset(offset, lib_size=lib_size, offset_prior=offset_prior)
    effective, prior = _effective_sizes(sizes, offset, offset_prior, data)
    model = parse_design(
        _default_design(design, data, source),
        data,
        samples,
        reference=reference,
        with_random=True,
    )
    if model.random and isinstance(design, str):
        warn(
            "The mean-variance trend is that of the fixed effects; `lm_fit` takes the same formula "
            "with its random effects.",
            Note,
        )
    if samples is not None:
        data = replace(data, samples=sample_table(samples, data))
    log_size = np.log2(effective + 1)
    values = normalized(_log2_per_million(data.matrix, log_size, n_jobs), normalize_method)
    return LogCounts(data, model, sizes, log_size, prior, values)


def normalized(values: Any, method: str) -> Any:
    """Log-expression normalised between samples."""
    if method == "none":
        return values
    if isinstance(values, LazyMatrix):
        raise not_streamed(f'`normalize_method="{method}"`')
    return np.asarray(normalize_between_arrays(values, method))


def _library_sizes(data: Expression, source: DGEList | None, lib_size: Any) -> FloatArray:
    if lib_size is not None:
        sizes = per_sample(lib_size, data.matrix.shape[1], data.sample_names, "lib_size")
    elif source is not None:
        sizes = source.effective_lib_size
    else:
        sizes = sizes_of(data.matrix)
    return check_lib_size(numbers(sizes, "lib_size"), data.sample_names)


def _effective_sizes(
    sizes: FloatArray, offset: Any, offset_prior: Any, data: Expression
) -> tuple[FloatArray, FloatArray | None]:
    """What counts are divided by, and the prior offsets of all counts where these are used."""
    if offset is None and offset_prior is None:
        return sizes, None
    if offset is None:
        prior = np.array(
            np.broadcast_to(parse_offset(offset_prior, data, "offset_prior"), data.matrix.shape)
        )
        return sizes * np.exp(prior), prior
    sizes = np.exp(parse_offset(offset, data))
    beyond = int(np.count_nonzero(data.matrix > sizes))
    if beyond:
        warn(
            f"`offset` must hold natural logarithms of library sizes; {beyond} counts exceed "
            "theirs. What is relative to the library sizes, such as gene lengths, is "
            "`offset_prior`.",
            InputWarning,
        )
    return sizes, None


def _centred(offset: Any, offset_prior: Any, data: Expression) -> Any:
    """Prior offsets as in limma 3.68: those given, or offsets less their mean by gene."""
    if offset is None:
        return offset_prior
    if offset_prior is not None:
        warn("Both `offset` and `offset_prior` are given; `offset` is not used.", Note)
        return offset_prior
    values = parse_offset(offset, data)
    return values - values.mean(axis=-1, keepdims=True)


def _default_design(design: Any, data: Expression, source: DGEList | None) -> Any:
    """Design from the groups of a DGEList, or a grand mean."""
    if design is not None or data.design is not None:
        return design
    if source is not None and len(set(source["samples"]["group"])) > 1:
        group = source["samples"]["group"].astype("category").cat.remove_unused_categories()
        levels = group.cat.categories
        columns = {"(Intercept)": np.ones(len(group))}
        columns |= {f"group{level}": np.asarray(group == level, float) for level in levels[1:]}
        return pd.DataFrame(columns, index=source.col_names)
    ones = np.ones((data.matrix.shape[1], 1))
    return pd.DataFrame(ones, index=data.sample_names, columns=["GrandMean"])


def _log2_per_million(counts: Any, log_size: FloatArray, n_jobs: int | None) -> Any:
    if isinstance(counts, LazyMatrix):
        return LazyMatrix(_log2_of_block, (counts, log_size), limits=(-np.inf, np.inf))
    values = np.empty(counts.shape)
    map_genes(_fill_log2, (values, counts, log_size), n_jobs=n_jobs)
    return values


def _log2_of_block(counts: AnyArray, log_size: FloatArray) -> FloatArray:
    values = np.empty(counts.shape)
    _fill_log2(values, counts, log_size)
    return values


def _fill_log2(values: FloatArray, counts: AnyArray, log_size: FloatArray) -> None:
    np.add(_dense(counts), PRIOR_COUNT, out=values, dtype=np.float64)
    np.log2(values, out=values)
    values -= log_size - LOG2_MILLION


def _any_count(counts: Any) -> BoolArray:
    return np.asarray(_dense(counts).any(axis=1))


def _dense(counts: Any) -> AnyArray:
    """A block of counts as an array."""
    return counts.toarray() if is_sparse(counts) else counts
