"""Current symbols of genes that are called by older or other names, from NCBI's gene_info."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pylimma.adapters.tables import as_pandas
from pylimma.arguments import flag, sequence
from pylimma.errors import (
    DataUnavailableError,
    InputError,
    InputWarning,
    Note,
    UnknownNameError,
    check_choice,
    nearest,
    quoted,
    warn,
)
from pylimma.genesets.go_annotation import TAXA
from pylimma.genesets.identifiers import as_text
from pylimma.readers.files import existing_file, read_text
from pylimma.typing import AnyArray

Ambiguous: TypeAlias = Literal["first", "keep"]

_NEEDED = ("GeneID", "Symbol", "Synonyms")
_TAXON = "#tax_id"
_EXAMPLES = 3


class _Genes(NamedTuple):
    """Genes of one species, and rows of the table by the names they go by."""

    table: pd.DataFrame
    symbols: dict[str, list[int]]  # rows by symbol; the first has it
    synonyms: dict[str, list[int]]  # rows by synonym, in the order of the table


def alias2symbol(
    alias: ArrayLike,
    species: str | None = None,
    expand_symbols: bool = False,
    *,
    gene_info: Any = None,
) -> list[str]:
    """Official symbols of genes given by aliases; a list of its own length.

    Parameters
    ----------
    alias : list of str
        Symbols or other names of genes.
    species : str, optional
        Species of a table that holds several, as ``"Hs"`` or its number in NCBI's taxonomy.
    expand_symbols : bool
        Whether aliases that are symbols also give the genes of which they are synonyms.
    gene_info : path or table
        NCBI's table of genes, such as the file ``Homo_sapiens.gene_info.gz``.

    Returns
    -------
    list of str
        Aliases that are symbols, then the symbols of all genes that the others may stand for; each
        once.

    Raises
    ------
    DataUnavailableError
        If `gene_info` is not given; nothing is downloaded.
    InputError
        If it lacks columns or has several species.

    Warns
    -----
    Note
        Of aliases that are unknown, with their number.

    See Also
    --------
    alias2symbol_table : One symbol for each alias.

    Examples
    --------
    >>> import pandas as pd, pylimma
    >>> genes = pd.DataFrame(
    ...     {"GeneID": [1, 2], "Symbol": ["SEPTIN6", "TP53"], "Synonyms": ["SEPT6", "p53|LFS1"]})
    >>> pylimma.alias2symbol(["p53", "SEPTIN6", "LFS1"], gene_info=genes)
    ['SEPTIN6', 'TP53']
    """
    genes = _parse_genes(gene_info, species, "alias2symbol")
    expand = flag(expand_symbols, "expand_symbols")
    names = [name for name in dict.fromkeys(as_text(alias, "alias")) if name is not None]
    found = dict.fromkeys(name for name in names if name in genes.symbols and not expand)
    symbol = genes.table["Symbol"].to_numpy()
    for name in names:
        if expand or name not in genes.symbols:
            rows = [*genes.symbols.get(name, []), *genes.synonyms.get(name, [])]
            found.update(dict.fromkeys(symbol[rows].tolist()))
    _note(Counter(_states(names, genes)), len(names), names, genes, "first")
    return list(found)


def alias2symbol_table(
    alias: ArrayLike, species: str | None = None, *, gene_info: Any = None
) -> AnyArray:
    """Official symbol of each alias, or None.

    Parameters
    ----------
    alias : list of str
        Symbols or other names of genes.
    species : str, optional
        Species of a table that holds several, as ``"Hs"`` or its number in NCBI's taxonomy.
    gene_info : path or table
        NCBI's table of genes, such as the file ``Homo_sapiens.gene_info.gz``.

    Returns
    -------
    array of shape (aliases,)
        The alias itself if it is a symbol, else the symbol of the first gene that has it as a
        synonym; None where there is none.

    Raises
    ------
    DataUnavailableError
        If `gene_info` is not given; nothing is downloaded.
    InputError
        If it lacks columns or has several species.

    Warns
    -----
    Note
        If some are unknown, with the numbers of each kind; an `InputWarning` where some are
        synonyms of several genes, naming them.

    See Also
    --------
    alias2symbol_using_ncbi : More columns for each alias.

    Examples
    --------
    >>> import pandas as pd, pylimma
    >>> genes = pd.DataFrame({"GeneID": ["2"], "Symbol": ["TP53"], "Synonyms": ["p53|LFS1"]})
    >>> pylimma.alias2symbol_table(["LFS1", "TP53"], gene_info=genes).tolist()
    ['TP53', 'TP53']
    """
    genes = _parse_genes(gene_info, species, "alias2symbol_table")
    names = as_text(alias, "alias")
    rows = _rows(names, genes)
    _note(Counter(_states(names, genes)), len(names), names, genes, "first")
    symbols = np.array([*genes.table["Symbol"], None], dtype=object)
    return symbols[rows]


def alias2symbol_using_ncbi(
    alias: ArrayLike,
    gene_info_file: Any,
    required_columns: Sequence[str] = ("GeneID", "Symbol", "description"),
    *,
    species: str | None = None,
    ambiguous: Ambiguous = "first",
) -> pd.DataFrame:
    """Look up aliases of genes in NCBI's table of genes.

    Parameters
    ----------
    alias : list of str
        Symbols or other names of genes.
    gene_info_file : path or table
        NCBI's table of genes, such as the file ``Homo_sapiens.gene_info.gz``.
    required_columns : list of str
        Columns of the table that are returned.
    species : str, optional
        Species of a table that holds several, as ``"Hs"`` or its number in NCBI's taxonomy.
    ambiguous : {"first", "keep"}
        What a synonym of several genes gives: the first of them, or its own name as symbol and
        nothing else.

    Returns
    -------
    DataFrame
        A row for each alias, labelled by it; missing values where it is unknown.
        ``.attrs["aliases"]`` holds the numbers of aliases that are ``current``, a ``synonym`` of
        one gene, ``ambiguous`` or ``unknown``.

    Raises
    ------
    InputError
        If the table lacks needed columns or has several species.
    UnknownNameError
        If it has no such required column.

    Warns
    -----
    Note
        If some are unknown, with these numbers; an `InputWarning` where some are ambiguous,
        naming them.

    See Also
    --------
    alias2symbol_table : Only the symbols.

    Examples
    --------
    >>> import pandas as pd, pylimma
    >>> genes = pd.DataFrame({"GeneID": ["2"], "Symbol": ["TP53"], "Synonyms": ["p53|LFS1"]})
    >>> found = pylimma.alias2symbol_using_ncbi(["p53"], genes, ["GeneID", "Symbol"])
    >>> found.loc["p53"].tolist()
    ['2', 'TP53']
    """
    check_choice(ambiguous, ("first", "keep"), "ambiguous")
    genes = _parse_genes(gene_info_file, species, "alias2symbol_using_ncbi")
    columns = [str(column) for column in sequence(required_columns, "required_columns")]
    unknown = [column for column in columns if column not in genes.table.columns]
    if unknown:
        there = quoted(nearest(unknown[0], genes.table.columns))
        raise UnknownNameError(
            f"The table of genes has no column {quoted(unknown)}; it has {there}."
        )
    names = as_text(alias, "alias")
    states = _states(names, genes)
    kept = np.array([state == "ambiguous" and ambiguous == "keep" for state in states], dtype=bool)
    rows = np.where(kept, -1, _rows(names, genes))
    table = genes.table[columns].reindex(rows).set_axis(pd.Index(names, dtype=object), axis=0)
    if kept.any() and "Symbol" in columns:
        table["Symbol"] = np.where(kept, np.array(names, dtype=object), table["Symbol"])
    counts = Counter(states)
    table.attrs["aliases"] = {
        state: counts[state] for state in ("current", "synonym", "ambiguous", "unknown")
    }
    _note(counts, len(names), names, genes, ambiguous)
    return table


def _parse_genes(gene_info: Any, species: str | None, function: str) -> _Genes:
    """Genes of one species of a table or file."""
    if gene_info is None:
        raise DataUnavailableError(
            f"`{function}` downloads nothing: give NCBI's table of genes as `gene_info`, such as "
            f"the file Homo_sapiens.gene_info.gz of ftp.ncbi.nlm.nih.gov/gene/DATA/GENE_INFO."
        )
    table = as_pandas(gene_info)
    table = _read_gene_info(gene_info) if table is None else table
    lacking = [column for column in _NEEDED if column not in table.columns]
    if lacking:
        raise InputError(
            f"The table of genes has no column {quoted(lacking)}; it has "
            f"{quoted(table.columns, 6)}."
        )
    table = _of_species(table, species).reset_index(drop=True)
    symbols: dict[str, list[int]] = {}
    synonyms: dict[str, list[int]] = {}
    for k, name in enumerate(as_text(table["Symbol"].to_numpy(), "gene_info")):
        symbols.setdefault(str(name), []).append(k)
    for k, several in enumerate(as_text(table["Synonyms"].to_numpy(), "gene_info")):
        for name in (several or "-").split("|"):
            if name not in ("", "-"):
                synonyms.setdefault(name, []).append(k)
    return _Genes(table, symbols, synonyms)


def _read_gene_info(path: Any) -> pd.DataFrame:
    """Table of a file, all cells text: neither quotes nor # mean anything in it."""
    found = existing_file(path)
    rows = [line.split("\t") for line in read_text(found).split("\n") if line]
    wrong = next((k for k, row in enumerate(rows, 1) if len(row) != len(rows[0])), None)
    if not rows or wrong is not None:
        raise InputError(f"Line {wrong or 1} of '{found.name}' has another number of fields.")
    return pd.DataFrame(rows[1:], columns=rows[0], dtype=object)


def _of_species(table: pd.DataFrame, species: str | None) -> pd.DataFrame:
    """Rows of one species."""
    if _TAXON not in table.columns:
        return table
    taxa = table[_TAXON].astype(str)
    if species is not None:
        wanted = TAXA.get(str(species), str(species))
        if wanted not in set(taxa):
            raise InputError(f"The table of genes has no species '{wanted}'.")
        return table[taxa == wanted]
    if len(set(taxa)) > 1:
        raise InputError(
            f"The table of genes has species {quoted(taxa.unique(), 4)}; give one as `species`."
        )
    return table


def _rows(names: list[str | None], genes: _Genes) -> AnyArray:
    """Row of the table for each alias: that of its symbol, or the first of a synonym; or -1."""
    rows = [
        genes.symbols.get(name, genes.synonyms.get(name, [-1]))[0] if name is not None else -1
        for name in names
    ]
    return np.array(rows, dtype=np.intp)


def _states(names: Sequence[str | None], genes: _Genes) -> list[str]:
    """What each alias is."""
    states = []
    for name in names:
        n_genes = len(set(genes.synonyms.get(name or "", ())))
        if name in genes.symbols:
            states.append("current")
        else:
            states.append(("unknown", "synonym")[n_genes] if n_genes < 2 else "ambiguous")
    return states


def _note(
    counts: Counter[str],
    n_names: int,
    names: Sequence[str | None],
    genes: _Genes,
    ambiguous: str,
) -> None:
    """Say what the aliases are where some are lost or ambiguous."""
    if not counts["unknown"] and not counts["ambiguous"]:
        return
    said = ", ".join(f"{counts[s]:,} {s}" for s in ("current", "synonym", "ambiguous", "unknown"))
    text = f"Of {n_names:,} aliases: {said}."
    by_state = list(zip(names, _states(names, genes), strict=True))
    unknown = [name for name, state in by_state if state == "unknown" and name is not None]
    several = [str(name) for name, state in by_state if state == "ambiguous"]
    if unknown:
        text += f" Unknown: {quoted(unknown, _EXAMPLES)}."
    if several:
        symbol = genes.table["Symbol"].astype(str).to_numpy()
        examples = ", ".join(
            f"'{name}' ({', '.join(symbol[genes.synonyms[name]])})" for name in several[:_EXAMPLES]
        )
        taken = "the first is taken" if ambiguous == "first" else "they stay as they are"
        text += f" Synonyms of several genes, {taken}: {examples}."
    warn(text, InputWarning if several else Note)
