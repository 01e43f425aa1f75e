"""Features in the order of their genes, and what their annotation says of a gene."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from pylimma.containers.names import label_text
from pylimma.design.formula.levels import collation_key
from pylimma.typing import IntArray


class FeatureOrder(NamedTuple):
    """Features sorted by gene, then by themselves."""

    rows: IntArray  # positions of the features, those without a gene last
    first: IntArray  # where genes begin among them
    sizes: IntArray  # features of each gene
    genes: pd.Index  # identifiers as text, "" for each feature without a gene


def order_features(gene: pd.Series, feature: pd.Series | None) -> FeatureOrder:
    """Features by gene, then by feature, stably: numbers by size, text as a dictionary sorts."""
    codes, genes = _ranked(gene)
    within = np.zeros(len(gene), dtype=np.intp) if feature is None else _ranked(feature)[0]
    # a feature without a gene is a gene of its own, whose variance helps to estimate the prior
    unknown = codes < 0
    codes[unknown] = len(genes) + np.arange(unknown.sum())
    rows = np.lexsort((np.where(within < 0, len(within), within), codes))
    sizes = np.bincount(codes)
    names = [label_text(gene) for gene in genes] + [""] * int(unknown.sum())
    return FeatureOrder(rows, np.cumsum(sizes) - sizes, sizes, pd.Index(names))


def _ranked(labels: pd.Series) -> tuple[IntArray, pd.Index]:
    """Rank of each label among the distinct ones in order, -1 where missing; and these."""
    codes, found = pd.factorize(labels)
    distinct = pd.Index(found)
    if pd.api.types.is_numeric_dtype(distinct):
        order = np.argsort(np.asarray(distinct), kind="stable")
    else:
        texts = [str(label) for label in distinct]
        order = np.array(sorted(range(len(texts)), key=lambda k: collation_key(texts[k])), np.intp)
    rank = np.empty(len(order) + 1, dtype=np.intp)
    rank[order], rank[-1] = np.arange(len(order)), -1
    return rank[codes], distinct[order]


def gene_columns(table: pd.DataFrame, first: IntArray) -> pd.DataFrame:
    """Columns of the annotation in which all features of every gene agree, a row for each gene."""
    gene = np.repeat(np.arange(first.size), np.diff(first, append=len(table)))
    shared = [
        name
        for name, codes in ((c, pd.factorize(table[c])[0]) for c in table.columns)
        if (codes == codes[first][gene]).all()
    ]
    return table[shared].iloc[first]
