"""Lengths of genes, in bases, from the annotation or as given."""

from __future__ import annotations

from typing import Any

import numpy as np

from pylimma.adapters.expression import Expression
from pylimma.adapters.labels import per_gene
from pylimma.errors import InputError, UnknownNameError, nearest, quoted
from pylimma.typing import FloatArray


def parse_gene_length(gene_length: Any, data: Expression) -> FloatArray:
    """Lengths of the genes of some counts."""
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
        values = values.astype(float)
    wrong = np.flatnonzero(~(np.isfinite(values) & (values > 0)))
    if wrong.size:
        which = wrong if data.gene_names is None else data.gene_names[wrong]
        raise InputError(
            f"`gene_length` must be positive, in bases; {wrong.size} are missing or not, the first "
            f"for gene '{which[0]}'."
        )
    return values


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
        f"annotation speaks of length."
    )
