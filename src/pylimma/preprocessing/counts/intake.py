"""Counts and what belongs to them, parsed once: library sizes, offsets, priors, lengths, groups."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression, parse_counts
from pylimma.adapters.labels import (
    aligned,
    aligned_matrix,
    column_of_samples,
    per_gene,
    per_sample,
    sample_labels,
)
from pylimma.arguments import numbers, plain_array
from pylimma.containers.counts import DGEList
from pylimma.containers.sample_tables import as_group
from pylimma.errors import (
    InputError,
    Note,
    ShapeError,
    UnknownNameError,
    nearest,
    quoted,
    warn,
)
from pylimma.numerics.counts.rates import library_sizes
from pylimma.numerics.counts.summary import count_summary
from pylimma.numerics.lazy import LazyMatrix
from pylimma.preprocessing.counts.checks import check_counts, check_lib_size
from pylimma.typing import AnyArray, FloatArray

_LARGEST_OFFSET = 300  # natural logarithms whose products are numbers yet


def parse_valid_counts(
    data: Any, *, layer: str | None = None, argument: str = "counts", streams: bool = False
) -> Expression:
    """Checked counts of any kind of data; sparse ones stay sparse.

    Where the caller `streams`, counts outside memory are a `LazyMatrix`.
    """
    found = parse_counts(data, layer=layer, argument=argument, sparse=True, streams=streams)
    check_counts(found, argument)
    return found


def parse_lib_size(
    data: Expression, lib_size: Any = None, *, normalized: bool = True
) -> FloatArray:
    """Library sizes that were given, or are stored with the counts, or the column sums.

    `normalized` multiplies those of a DGEList by its normalisation factors.
    """
    if lib_size is not None:
        values = per_sample(lib_size, data.matrix.shape[1], data.sample_names, "lib_size")
        size = _as_float(values)
    elif isinstance(data.source, DGEList):
        samples = data.source.samples
        size = data.source.effective_lib_size if normalized else samples["lib_size"].to_numpy(float)
    elif isinstance(data.matrix, LazyMatrix):
        size = count_summary(data.matrix).lib_size
    else:
        size = library_sizes(data.matrix)
    return check_lib_size(size, data.sample_names)


def parse_rate_sizes(
    data: Expression,
    lib_size: Any = None,
    offset: Any = None,
    offset_prior: Any = None,
    *,
    normalized: bool = True,
) -> FloatArray:
    """What counts are divided by, of shape (samples,) or (genes, samples).

    Exponentials of `offset`; else `lib_size`, times those of `offset_prior`; else the offsets or
    library sizes of a DGEList.
    """
    offset = choose_offset(offset, lib_size=lib_size, offset_prior=offset_prior)
    if offset is None and lib_size is None and isinstance(data.source, DGEList):
        offset = data.source.get("offset") if offset_prior is None else None
        offset_prior = data.source.get("offset_prior") if offset_prior is None else offset_prior
    if offset is not None:
        return np.exp(parse_offset(offset, data))
    size = parse_lib_size(data, lib_size, normalized=normalized)
    if offset_prior is None:
        return size
    return np.asarray(size * np.exp(parse_offset(offset_prior, data, "offset_prior")))


def choose_offset(offset: Any, **others: Any) -> Any:
    """The offset, once it is said which other arguments it replaces."""
    replaced = [f"`{name}`" for name, value in others.items() if value is not None]
    if offset is not None and replaced:
        warn(
            f"`offset` holds the logarithms of the library sizes and replaces "
            f"{' and '.join(replaced)}.",
            Note,
        )
    return offset


def parse_offset(offset: Any, data: Expression, argument: str = "offset") -> FloatArray:
    """Offsets of the samples or of all counts, matched by name; one row is one of the samples."""
    if isinstance(offset, pd.DataFrame):
        offset = aligned_matrix(offset, data.gene_names, data.sample_names, argument)
    elif isinstance(offset, pd.Series):
        offset = aligned(offset, data.sample_names, "samples", argument)
    values = numbers(offset, argument)
    n_samples = data.matrix.shape[1]
    if values.shape == (1, n_samples):
        values = values[0]
    if values.shape not in ((n_samples,), data.matrix.shape):
        raise ShapeError(
            f"`{argument}` has shape {values.shape}; allowed are ({n_samples},), one value a "
            f"sample, and {tuple(data.matrix.shape)}."
        )
    wrong = ~np.isfinite(values)
    if wrong.any():
        raise InputError(
            f"`{argument}` must be finite; {np.count_nonzero(wrong)} values are missing or "
            f"infinite, the first for {_place(np.argwhere(wrong)[0], data)}."
        )
    if (largest := np.abs(values).max(initial=0.0)) > _LARGEST_OFFSET:
        raise InputError(
            f"`{argument}` has values of size {largest:g}; offsets are natural logarithms, and "
            f"that of a library of a million reads is 13.8."
        )
    return values


def _place(position: AnyArray, data: Expression) -> str:
    """Name of a sample, or of a gene and a sample, that stand at a position."""
    *row, column = position.tolist()
    sample = column if data.sample_names is None else data.sample_names[column]
    if not row:
        return f"sample '{sample}'"
    gene = row[0] if data.gene_names is None else data.gene_names[row[0]]
    return f"gene '{gene}' of sample '{sample}'"


def parse_prior_count(prior_count: Any, data: Expression) -> FloatArray | float:
    """Average prior counts: one for all genes, or one for each."""
    prior = _for_genes(prior_count, data, "prior_count")
    if not ((prior >= 0) & np.isfinite(prior)).all():
        raise InputError("`prior_count` must be finite and not negative.")
    return float(prior.item()) if prior.size == 1 else prior


def parse_dispersion(
    dispersion: Any, data: Expression, default: float, *, may_miss: bool = False
) -> FloatArray | float:
    """One dispersion for all genes, or one for each, missing ones being the mean of the others."""
    if dispersion is None:
        return default
    values = _for_genes(dispersion, data, "dispersion")
    missing = np.isnan(values)
    if (values[~missing] < 0).any() or np.isinf(values).any() or (missing.any() and not may_miss):
        raise InputError("`dispersion` must be known, finite and not negative.")
    if missing.all():
        return default
    filled = np.where(missing, values[~missing].mean(), values)
    return float(filled[0]) if filled.size == 1 else filled


def parse_gene_length(gene_length: Any, data: Expression) -> FloatArray:
    """Lengths of the genes in bases: as given, or of a column of the annotation."""
    if gene_length is None:
        gene_length = _length_column(data)
    if isinstance(gene_length, str):
        if data.genes is None or gene_length not in data.genes.columns:
            names = [] if data.genes is None else nearest(gene_length, data.genes.columns)
            raise UnknownNameError(
                f"No column '{gene_length}' in the annotation of genes; "
                f"it has {quoted(names) or 'none'}."
            )
        values = data.genes[gene_length].to_numpy(dtype=float, na_value=np.nan)
    else:
        values = per_gene(gene_length, data.matrix.shape[0], data.gene_names, "gene_length")
        values = numbers(values, "gene_length")
    wrong = np.flatnonzero(~(np.isfinite(values) & (values > 0)))
    if wrong.size:
        which = wrong if data.gene_names is None else data.gene_names[wrong]
        raise InputError(
            f"`gene_length` must be positive, in bases; {wrong.size} are missing or not, the first "
            f"for gene '{which[0]}'."
        )
    return values


def parse_group(group: Any, data: Expression) -> pd.Categorical[str]:
    """Groups in the order of the samples, as given or of a column of their table.

    Levels without samples are dropped.
    """
    n_samples, names = data.matrix.shape[1], data.sample_names
    group = column_of_samples(group, data.samples, "group")
    labels: Any = sample_labels(group, n_samples, names, "group")
    kind = getattr(group, "dtype", None)
    if isinstance(kind, pd.CategoricalDtype):
        labels = pd.Categorical(labels, categories=kind.categories)
    return as_group(labels, data.sample_names)


def _for_genes(value: Any, data: Expression, argument: str) -> FloatArray:
    """One number for all genes, or a vector of one for each."""
    if plain_array(value, argument).size != 1:
        value = per_gene(value, data.matrix.shape[0], data.gene_names, argument)
    return numbers(value, argument).ravel()


def _length_column(data: Expression) -> str:
    columns = [] if data.genes is None else [str(name) for name in data.genes.columns]
    for name in ("Length", "length"):
        if name in columns:
            return name
    named = [name for name in columns if "length" in name.lower()]
    if len(named) == 1:
        return named[0]
    raise UnknownNameError(
        f"Give `gene_length`, a column or the lengths in bases: "
        f"{'no column' if not named else f'more than one column ({quoted(named)})'} of the "
        f"annotation has 'length' in its name."
    )


def _as_float(values: AnyArray) -> FloatArray:
    try:
        return np.asarray(pd.to_numeric(values.astype(object)), dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"`lib_size` must hold numbers; got {values[0]!r}.") from None
