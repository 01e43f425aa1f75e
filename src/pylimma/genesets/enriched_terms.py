"""Terms of the gene ontology and pathways that are over-represented among lists of genes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pylimma.adapters.tables import as_pandas
from pylimma.arguments import flag, plain_array, sequence
from pylimma.draw import draw, drawing
from pylimma.errors import InputError, Note, check_choice, quoted, warn
from pylimma.genesets.annotation import Links, parse_links
from pylimma.genesets.gene_lists import FDR, FitOptions, parse_gene_lists
from pylimma.genesets.identifiers import Matching, as_text
from pylimma.genesets.kegg import links_advice
from pylimma.genesets.ontology import RELATIONS
from pylimma.genesets.over_representation import Background, Selection, Tested, tested_terms
from pylimma.results.tables import Coef
from pylimma.typing import Table

_BRANCHES = ("BP", "CC", "MF")


def kegga(
    de: Any,
    universe: ArrayLike | None = None,
    restrict_universe: bool = False,
    species: str | None = None,
    species_kegg: str | None = None,
    convert: bool = False,
    gene_pathway: Any = None,
    pathway_names: Table | ArrayLike | None = None,
    null_prob: ArrayLike | None = None,
    covariate: ArrayLike | None = None,
    plot: bool = False,
    *,
    coef: Coef | None = None,
    geneid: ArrayLike | str | None = None,
    fdr: float = FDR,
    trend: bool | str | ArrayLike = False,
    terms: ArrayLike | None = None,
    min_size: int | None = None,
    max_size: int | None = None,
    match: Matching = "exact",
    log10_p_value: bool = False,
    **kwargs: Any,
) -> pd.DataFrame:
    """Test pathways, or sets of any collection, for over-representation among lists of genes.

    Parameters
    ----------
    de : list, dict of list, MArrayLM or TestResults
        Identifiers of one list of genes, several lists by name, or a fit with p-values, whose
        significant genes make the lists ``up`` and ``down``; of `decide_tests`, the genes up and
        down in each contrast.
    universe : list, optional
        Identifiers of all genes that could have been in a list, with sets or without; default: all
        genes of the annotation, or of the fit.
    restrict_universe : bool
        Whether genes without any set leave the universe.
    species, species_kegg, convert : str, str, bool
        What R downloads annotation by. It is not downloaded here: give `gene_pathway`.
    gene_pathway : table, dict of list, or path
        Genes and their pathways: a table with a column of each, sets by name, or a file, as
        `get_gene_kegg_links` or `read_gene_sets` read it.
    pathway_names : table, optional
        Pathways and their names, in two columns.
    null_prob : array of shape (genes of the universe,), optional
        Probabilities of the genes to be in a list under the null hypothesis.
    covariate : array of shape (genes of the universe,), optional
        Length, abundance or else that this probability depends on; see `goana_trend`.
    plot : bool
        Whether to draw that trend.
    coef : int or str, optional
        Coefficient of a fit, by position from 0 or name; default: the last one.
    geneid : str or array of shape (genes,), optional
        Identifiers of the genes of a fit, or the column of its annotation that has them.
    fdr : float
        False discovery rate below which genes of a fit are in a list.
    trend : bool, str or array of shape (genes,)
        For a fit, True to correct for average expression, or a covariate or its column.
    terms : list, optional
        Pathways to which the test is confined; p-values are adjusted for these alone.
    min_size, max_size : int, optional
        Numbers of genes of the universe that tested pathways have at least and at most.
    match : {"exact", "ignore_case", "ignore_version"}
        How identifiers are compared.
    log10_p_value : bool
        Whether to add log10 of the p-values, which never read zero.
    **kwargs : object
        Of the picture.

    Returns
    -------
    DataFrame
        A row for each pathway, in order of appearance: its name in ``pathway``; ``n``, its genes
        in the universe; a column for each list with the genes among these; ``p_`` and the list's
        name, the p-value; ``fdr_`` and its name, adjusted by Benjamini and Hochberg for all
        pathways tested; ``n_given``, all its genes. ``.attrs["meaning"]`` states the universe.

    Raises
    ------
    InputError
        If annotation is missing or shares no gene with the universe, or arguments exclude each
        other.
    InputTypeError
        If `de` is a table.

    Warns
    -----
    Note
        If genes of the lists are not in the universe, or no gene of a fit is significant; an
        `InputWarning` where identifiers seem to be of another kind.

    See Also
    --------
    top_kegg : The top pathways.
    goana : Terms of the gene ontology.
    camera : Tests all genes, with their correlations, without a cut-off.

    Notes
    -----
    The p-value is the probability of as many genes or more if the list were drawn at random from
    the universe: hypergeometric, or Wallenius' noncentral hypergeometric where genes differ in
    their probability [1]_. Genes are taken as independent, which makes p-values too small where
    genes of a set are correlated.

    References
    ----------
    .. [1] Young MD, Wakefield MJ, Smyth GK, Oshlack A (2010). Genome Biol 11:R14.
           https://doi.org/10.1186/gb-2010-11-2-r14

    Examples
    --------
    >>> import pylimma
    >>> sets = {"repair": ["BRCA1", "TP53", "ATM"], "growth": ["EGF", "MYC"]}
    >>> genes = ["BRCA1", "TP53", "ATM", "EGF", "MYC", "ACTB", "GAPDH"]
    >>> found = pylimma.kegga(["TP53", "ATM", "BRCA1"], universe=genes, gene_pathway=sets)
    >>> found[["n", "de", "p_de"]].round(3)
            n  de   p_de
    repair  3   3  0.029
    growth  2   0  1.000
    """
    drawn = drawing(plot, "plot", kwargs, "kegga")
    restrict = flag(restrict_universe, "restrict_universe")
    lists = parse_gene_lists(de, FitOptions(coef, geneid, fdr, trend), "kegga")
    flag(convert, "convert")  # of what R downloads
    if gene_pathway is None:
        raise InputError(
            f"`kegga` needs annotation as `gene_pathway`, which is not downloaded: a table of "
            f"genes and pathways, sets by name, or a file; {links_advice(species, species_kegg)}."
        )
    links = parse_links(gene_pathway, "kegga")
    tested = tested_terms(
        lists,
        links,
        Background(universe, null_prob, covariate, restrict),
        Selection(terms, min_size, max_size, match, flag(log10_p_value, "log10_p_value")),
    )
    names = _pathway_names(pathway_names, links)
    tested.table.insert(0, "pathway", names.reindex(tested.table.index).to_numpy())
    return _finished(tested, drawn, kwargs, n_listed=sum(map(len, lists.members)))


def goana(
    de: Any,
    universe: ArrayLike | None = None,
    species: str | None = None,
    null_prob: ArrayLike | None = None,
    covariate: ArrayLike | None = None,
    plot: bool = False,
    *,
    gene_pathway: Any = None,
    obo: Any = None,
    ontology: Any = None,
    coef: Coef | None = None,
    geneid: ArrayLike | str | None = None,
    fdr: float = FDR,
    trend: bool | str | ArrayLike = False,
    terms: ArrayLike | None = None,
    min_size: int | None = None,
    max_size: int | None = None,
    match: Matching = "exact",
    log10_p_value: bool = False,
    **kwargs: Any,
) -> pd.DataFrame:
    """Test terms of the gene ontology for over-representation among lists of genes.

    Parameters
    ----------
    de : list, dict of list, MArrayLM or TestResults
        Identifiers of one list of genes, several lists by name, or a fit with p-values, whose
        significant genes make the lists ``up`` and ``down``; of `decide_tests`, the genes up and
        down in each contrast.
    universe : list, optional
        Identifiers of all genes that could have been in a list; default: all genes of the
        annotation, or of the fit. Genes without any term leave it.
    species : str, optional
        Species of annotation that holds several, as ``"Hs"`` or its number in NCBI's taxonomy.
    null_prob : array of shape (genes of the universe,), optional
        Probabilities of the genes to be in a list under the null hypothesis.
    covariate : array of shape (genes of the universe,), optional
        Length, abundance or else that this probability depends on; see `goana_trend`.
    plot : bool
        Whether to draw that trend.
    gene_pathway : table, dict of list, or path
        Genes and their terms: a table of genes, terms, ontologies and names in this order, sets by
        name, or a file, as `read_gaf` or `read_gene_sets` read it.
    obo : path or Ontology, optional
        Ontology whose ancestors (by is_a and part_of) the genes of a term belong to as well. It
        also gives names, and current identifiers of terms that have others. Without it, terms
        have the genes that the annotation gives them.
    ontology : {"BP", "CC", "MF"} or list of these, optional
        Branch to which the test is confined; p-values are adjusted for its terms alone.
    coef : int or str, optional
        Coefficient of a fit, by position from 0 or name; default: the last one.
    geneid : str or array of shape (genes,), optional
        Identifiers of the genes of a fit, or the column of its annotation that has them.
    fdr : float
        False discovery rate below which genes of a fit are in a list.
    trend : bool, str or array of shape (genes,)
        For a fit, True to correct for average expression, or a covariate or its column.
    terms : list, optional
        Terms to which the test is confined.
    min_size, max_size : int, optional
        Numbers of genes of the universe that tested terms have at least and at most.
    match : {"exact", "ignore_case", "ignore_version"}
        How identifiers are compared.
    log10_p_value : bool
        Whether to add log10 of the p-values, which never read zero.
    **kwargs : object
        Of the picture.

    Returns
    -------
    DataFrame
        A row for each term, in order of appearance: its name in ``term``; ``ont``, its branch;
        ``n``, its genes in the universe; a column for each list with the genes among these; ``p_``
        and the list's name, the p-value; ``fdr_`` and its name, adjusted by Benjamini and Hochberg
        for all terms tested; ``n_given``, all its genes. ``.attrs["meaning"]`` states the universe.

    Raises
    ------
    InputError
        If annotation is missing or shares no gene with the universe, or arguments exclude each
        other.
    InputTypeError
        If `de` is a table.

    Warns
    -----
    Note
        If genes of the lists are not in the universe, no gene of a fit is significant, or terms
        are obsolete; an `InputWarning` where identifiers seem to be of another kind.

    See Also
    --------
    top_go : The top terms.
    kegga : Pathways and other sets.
    read_gaf : Reads annotation, by evidence, relation and species.

    Notes
    -----
    See `kegga`. Here the universe is restricted to genes with some term, as genes of which nothing
    is known cannot have the functions in question.

    References
    ----------
    .. [1] Young MD, Wakefield MJ, Smyth GK, Oshlack A (2010). Genome Biol 11:R14.
           https://doi.org/10.1186/gb-2010-11-2-r14

    Examples
    --------
    >>> import pandas as pd, pylimma
    >>> links = pd.DataFrame({
    ...     "gene": ["BRCA1", "TP53", "ATM", "EGF", "MYC"],
    ...     "term": ["GO:1", "GO:1", "GO:1", "GO:2", "GO:2"],
    ...     "ontology": ["BP", "BP", "BP", "MF", "MF"],
    ...     "name": ["DNA repair"] * 3 + ["binding"] * 2,
    ... })
    >>> pylimma.goana(["BRCA1", "TP53", "ATM"], gene_pathway=links)[["term", "ont", "n", "p_de"]]
                term ont  n  p_de
    GO:1  DNA repair  BP  3   0.1
    GO:2     binding  MF  2   1.0
    """
    drawn = drawing(plot, "plot", kwargs, "goana")
    lists = parse_gene_lists(de, FitOptions(coef, geneid, fdr, trend), "goana")
    links, about = _go_links(gene_pathway, obo, species)
    chosen = _of_branch(ontology, about) if ontology is not None else None
    if terms is not None:
        branch = None if chosen is None else set(chosen)
        wanted = [term for term in as_text(terms, "terms") if term is not None]
        chosen = [term for term in wanted if branch is None or term in branch]
    tested = tested_terms(
        lists,
        links,
        Background(universe, null_prob, covariate, restrict=True, average_repeats=False),
        Selection(chosen, min_size, max_size, match, flag(log10_p_value, "log10_p_value")),
    )
    known = about.reindex(tested.table.index)
    tested.table.insert(0, "term", known["name"].to_numpy())
    tested.table.insert(1, "ont", known["ontology"].to_numpy())
    if obo is not None:
        tested.table.attrs["meaning"] += (
            f"; genes carried to ancestors by {' and '.join(RELATIONS)}"
        )
    return _finished(tested, drawn, kwargs, n_listed=sum(map(len, lists.members)))


def _go_links(gene_pathway: Any, obo: Any, species: str | None) -> tuple[Links, pd.DataFrame]:
    """Links to terms and, by term, their names and branches."""
    links = parse_links(gene_pathway, "goana", species, obo)
    lower = {str(column).strip().lower(): column for column in links.further.columns}
    named = [
        next((lower[name] for name in names if name in lower), None)
        for names in (("ontology", "ont", "aspect"), ("name", "term name", "term_name", "term"))
    ]
    first = [*links.further.columns[:2], None, None][:2]
    if named == [None, None] and links.further.iloc[:, :1].isin(_BRANCHES).to_numpy().any():
        named = first
    columns = [
        np.full(len(links.further), None) if column is None else links.further[column].to_numpy()
        for column in named
    ]
    about = dict(zip(("ontology", "name"), columns, strict=True))
    return links, pd.DataFrame(about, index=links.further.index, dtype=object)


def _of_branch(ontology: Any, about: pd.DataFrame) -> list[str]:
    """Terms of one or several branches."""
    branches = [ontology] if isinstance(ontology, str) else sequence(ontology, "ontology")
    for branch in branches:
        check_choice(branch, _BRANCHES, "ontology")
    chosen = about.index[about["ontology"].isin(branches)]
    if chosen.empty:
        raise InputError(
            f"No term of the annotation is of {quoted(branches)}; branches are given by `obo`, or "
            f"a third column of BP, CC and MF."
        )
    return list(chosen)


def _pathway_names(pathway_names: Any, links: Links) -> pd.Series:
    """Names of pathways by identifier: those given, or descriptions of sets."""
    if pathway_names is None:
        described = links.further.get("name")
        return pd.Series(dtype=object) if described is None else described
    table = as_pandas(pathway_names)
    if table is None:
        array = plain_array(pathway_names, "pathway_names")
        table = pd.DataFrame(array if array.ndim == 2 else None)
    if table.shape[1] < 2:
        raise InputError("`pathway_names` must have two columns: pathways and their names.")
    index = pd.Index(as_text(table.iloc[:, 0].to_numpy(), "pathway_names"), dtype=object)
    names = pd.Series(table.iloc[:, 1].to_numpy(), index=index, dtype=object)
    return names[~index.duplicated()]


def _finished(tested: Tested, drawn: bool, options: dict[str, Any], n_listed: int) -> pd.DataFrame:
    """Table of results; without rows where no gene of a fit is significant."""
    if drawn and tested.covariate is not None and tested.probability is not None:
        rank = np.argsort(np.argsort(tested.covariate, kind="stable"), kind="stable") + 1.0
        draw(
            "set_trend",
            options,
            covariate_rank=rank,
            probability=tested.probability,
            index=tested.in_any,
        )
    if n_listed == 0:
        warn("No gene is in any list, so that there is nothing to test.", Note)
        return tested.table.iloc[:0].copy()
    return tested.table
