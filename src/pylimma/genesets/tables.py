"""Tables of tested sets: a row for each set, or for each set and contrast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.labels import per_gene
from pylimma.arguments import numbers
from pylimma.errors import InputError, check_choice
from pylimma.genesets.positions import SetIndex
from pylimma.numerics.p_values import adjust_p_values
from pylimma.typing import AnyArray, FloatArray, IntArray

ACTIVE = np.sqrt(2.0)  # size of a z-score from where a gene counts as contributing


def set_table(
    sets: SetIndex,
    columns: Mapping[str, AnyArray],
    order: IntArray | None,
    further: Mapping[str, AnyArray],
) -> pd.DataFrame:
    """One contrast's table: numbers of genes, what was tested, and what R does not have."""
    table = {"n_genes": sets.n_genes, **columns, "n_given": sets.n_given, **further}
    if sets.collection is not None:
        table["collection"] = np.array(sets.collection, dtype=object)
    frame = pd.DataFrame(table, index=pd.Index(sets.names, dtype=object))
    return frame if order is None else frame.iloc[order]


def joined_tables(
    tables: Sequence[pd.DataFrame], labels: Sequence[str], question: str
) -> pd.DataFrame:
    """Tables of several contrasts one below the other, and what they answer in words."""
    n_sets = len(tables[0])
    if len(tables) == 1:
        whole = tables[0]
    else:
        parts = [
            pd.concat([pd.Series(label, t.index, name="contrast", dtype=object), t], axis=1)
            for label, t in zip(labels, tables, strict=True)
        ]
        whole = pd.concat(parts)
    whole.attrs["meaning"] = f"{question}; {n_sets:,} sets tested"
    whole.attrs["contrasts"] = list(labels)
    return whole


def with_fdr(columns: Mapping[str, AnyArray], names: Mapping[str, str]) -> dict[str, AnyArray]:
    """Columns with the false discovery rate behind each p-value, where there are several sets."""
    result: dict[str, AnyArray] = {}
    for name, values in columns.items():
        result[name] = values
        if name in names and len(values) > 1:
            result[names[name]] = adjust_p_values(values)
    return result


def directions(down: AnyArray) -> AnyArray:
    """Words for the direction of each set."""
    return np.where(down, "Down", "Up").astype(object)


def contributing_genes(
    sets: SetIndex, z: FloatArray, down: AnyArray | None, names: pd.Index | None
) -> AnyArray:
    """Names of the genes of each set that go its way, the strongest first.

    `z` are z-scores of all genes; without a direction their size counts.
    """
    labels = np.array([str(name) for name in (range(z.size) if names is None else names)], object)
    owner, gene = np.repeat(np.arange(len(sets.names)), sets.n_genes), sets.positions
    strength = np.abs(z[gene]) if down is None else np.where(down[owner], -z[gene], z[gene])
    active = strength > ACTIVE
    owner, gene, strength = owner[active], gene[active], strength[active]
    order = np.lexsort((gene, -strength, owner))
    owner, gene = owner[order], gene[order]
    first = (np.diff(owner, prepend=-1) != 0) | (np.diff(gene, prepend=-1) != 0)
    owner, gene = owner[first], gene[first]  # a repeated position counts once
    ends = np.cumsum(np.bincount(owner, minlength=len(sets.names)))
    texts = [";".join(part) for part in np.split(labels[gene], ends[:-1])]
    return np.array(texts, dtype=object)


def parse_sort(sort: Any) -> str:
    """What rows are sorted by: "directional", "mixed" or "none"."""
    if isinstance(sort, bool | np.bool_):
        return "directional" if sort else "none"
    check_choice(sort, ("directional", "mixed", "none"), "sort")
    return str(sort)


def entry_weights(
    sets: SetIndex, gene_weights: Any, n_genes: int, names: pd.Index | None
) -> FloatArray | None:
    """Weights beside the positions of sets: a set's own, or else those of the genes."""
    if gene_weights is None:
        return sets.weights if sets.weighted.any() else None
    if len(sets.names) == 1 and np.size(gene_weights) == len(sets.positions) != n_genes:
        given = numbers(gene_weights, "gene_weights")  # in the order of the set
    else:
        given = numbers(per_gene(gene_weights, n_genes, names, "gene_weights"), "gene_weights")
    if not np.isfinite(given).all():
        raise InputError("`gene_weights` are missing or infinite for some genes.")
    if given.size != n_genes:
        return given
    own = np.repeat(sets.weighted, sets.n_genes)
    return np.where(own, sets.weights, given[sets.positions])
