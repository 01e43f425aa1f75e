"""Links from genes to terms of any kind: tables, sets by name, files."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pylimma.adapters.tables import as_pandas
from pylimma.arguments import described, plain_array
from pylimma.errors import InputError, InputTypeError, quoted
from pylimma.genesets.collections import GeneSets, read_gene_sets, read_table
from pylimma.genesets.go_annotation import looks_like_annotation, read_gaf
from pylimma.genesets.identifiers import as_text, coded, numbered
from pylimma.genesets.kegg import get_gene_kegg_links
from pylimma.genesets.long_tables import gene_and_set
from pylimma.genesets.ontology import parse_obo
from pylimma.genesets.r_data import decompressed, is_r_data
from pylimma.readers.files import existing_file
from pylimma.typing import IntArray

_OF_KEGG = re.compile(r"\w+:\S+\tpath:\w+")
_TERM = r"GO:\d{7}"
_SEVERAL_TERMS = rf"\s*({_TERM}[;,|\s]*)*"
_HEAD = 100_000  # bytes of a file that tell its format


class Links(NamedTuple):
    """Pairs of a gene and a term by number, and what is known of the terms."""

    gene: IntArray  # (links,)
    term: IntArray  # (links,)
    genes: list[str]  # names by number
    terms: list[str]  # names by number, in order of appearance
    further: pd.DataFrame  # by term: columns behind those of gene and term


def parse_links(
    gene_pathway: Any, function: str, species: str | None = None, obo: Any = None
) -> Links:
    """Links of a table of genes and terms, of sets by name, or of a file; gaps are dropped.

    With an ontology they are carried to all ancestors.
    """
    if gene_pathway is None:
        raise InputError(
            f"`{function}` needs annotation: give `gene_pathway`, a table of genes and terms, sets "
            f"by name, or the path of a file. Annotation is not downloaded."
        )
    if isinstance(gene_pathway, str | os.PathLike):
        gene_pathway = read_annotation(gene_pathway, species)
    if obo is not None:
        gene_pathway = parse_obo(obo).annotate(gene_pathway)
    if isinstance(gene_pathway, Mapping):
        return _of_sets(gene_pathway)
    table = as_pandas(gene_pathway)
    if table is None:
        array = plain_array(gene_pathway, "gene_pathway")
        if array.ndim != 2:
            raise InputTypeError(
                f"`gene_pathway` must be a table of genes and terms; got {described(gene_pathway)}."
            )
        table = pd.DataFrame(array)
    if table.shape[1] < 2:
        raise InputError(
            f"`gene_pathway` has {table.shape[1]} columns; one of genes and one of terms are "
            f"needed."
        )
    gene, term = gene_and_set(table.columns)
    (gene_code, genes), (term_code, terms) = (
        coded(table[column], "gene_pathway") for column in (gene, term)
    )
    known = (gene_code >= 0) & (term_code >= 0)
    if not known.all():
        gene_code, term_code, table = gene_code[known], term_code[known], table[known]
    first = np.zeros(len(terms), dtype=np.intp)
    first[term_code[::-1]] = np.arange(len(table))[::-1]
    others = [column for column in table.columns if column not in (gene, term)]
    further = table[others].iloc[first].set_axis(terms, axis=0) if len(table) else table[others]
    return Links(gene_code, term_code, genes, terms, further)


def read_annotation(path: Any, species: str | None) -> Any:
    """Links in a file: annotation with terms of the gene ontology, or a collection of sets."""
    found = existing_file(path)
    content = decompressed(found.read_bytes())
    head = content[:_HEAD].decode(errors="replace")
    if is_r_data(content):
        return read_gene_sets(found)
    if looks_like_annotation(head):
        return read_gaf(found, taxon=species)
    if _OF_KEGG.match(head):
        return get_gene_kegg_links(path=found)
    table = read_table(found)
    if table is None:
        return read_gene_sets(found)
    if table.shape[1] == 2 and table.iloc[:, 1].str.fullmatch(_SEVERAL_TERMS).all():
        table = table.set_axis(["gene", "term"], axis=1)
        table = table.assign(term=table["term"].str.findall(_TERM)).explode("term")
    return table


def _of_sets(sets: Mapping[Any, Any]) -> Links:
    """Links of sets by name; their descriptions are names of the terms."""
    members: list[str | None] = []
    sizes: list[int] = []
    for value in sets.values():
        table = as_pandas(value)
        values = value if table is None else table.iloc[:, 0].to_numpy()
        values = sorted(values, key=str) if isinstance(values, set | frozenset) else values
        members += (one := as_text(values, "gene_pathway"))
        sizes.append(len(one))
    gene, genes = numbered(members)
    if not genes:
        raise InputError(f"`gene_pathway` holds no genes in its sets {quoted(sets, 3)}.")
    terms = [str(name) for name in sets]
    known = gene >= 0
    told = sets.description if isinstance(sets, GeneSets) else {}
    names = pd.DataFrame({"name": [told.get(name) or None for name in terms]}, terms, dtype=object)
    return Links(gene[known], np.repeat(np.arange(len(terms)), sizes)[known], genes, terms, names)
