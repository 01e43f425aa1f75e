"""Links from identifiers to the databases that know them."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from pylimma.genesets.identifiers import KINDS, kind_of

SYMBOLS = ("symbol", "gene_symbol", "gene_name", "symbols", "genesymbol", "name", "genename")
_NCBI, _ENSEMBL = "https://www.ncbi.nlm.nih.gov", "https://www.ensembl.org"
# By kind of identifier: forms, databases, addresses with the identifier at {}, and what is cut off.
_DATABASES = {
    "Ensembl identifiers": [("Ensembl", _ENSEMBL + "/id/{}", "")],
    "Ensembl identifiers with versions": [("Ensembl", _ENSEMBL + "/id/{}", r"\.\d+$")],
    "Entrez identifiers": [("NCBI Gene", _NCBI + "/gene/{}", "")],
    "RefSeq accessions": [("RefSeq", _NCBI + "/search/all/?term={}", "")],
    "UniProt accessions": [("UniProt", "https://www.uniprot.org/uniprotkb/{}/entry", r"-\d+$")],
    "FlyBase identifiers": [("FlyBase", "https://flybase.org/reports/{}", "")],
    "WormBase identifiers": [("WormBase", "https://wormbase.org/species/c_elegans/gene/{}", "")],
    "TAIR loci": [("TAIR", "https://www.arabidopsis.org/locus?name={}", "")],
    "symbols": [
        ("NCBI Gene", _NCBI + "/gene/?term={}[sym]", ""),
        ("UniProt", "https://www.uniprot.org/uniprotkb?query=gene:{}", ""),
    ],
}
_SYMBOL = r"[A-Za-z][A-Za-z0-9._@-]{0,19}"
_SEVERAL = re.compile(r"[\s,;|/]+")  # between the identifiers of a cell


def links(names: pd.Index | None, annotation: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Databases by the column whose identifiers they know, −1 for the row names.

    One link for each database; by identifiers where there are some, otherwise a search by symbol.
    """
    columns = [] if names is None or _counted(names) else [(-1, "", [str(name) for name in names])]
    columns += [(k, column["name"], column["values"]) for k, column in enumerate(annotation)]
    result: dict[str, dict[str, Any]] = {}
    kinds = [_kind(place, title, values) for place, title, values in columns]
    for (place, _, _), kind in sorted(
        zip(columns, kinds, strict=True), key=lambda item: item[1] == "symbols"
    ):
        for name, url, version in _DATABASES.get(kind, []):
            link = {"name": name, "pattern": KINDS.get(kind, _SYMBOL), "url": url}
            result.setdefault(name, {"column": place, "version": version, **link})
    return list(result.values())


def _kind(place: int, title: str, values: list[str]) -> str:
    """Kind of the identifiers of a column; empty for text, such as descriptions."""
    first = [_SEVERAL.split(value)[0] for value in values if value]
    kind = kind_of(first) if first else ""
    return "" if kind == "symbols" and place >= 0 and title.lower() not in SYMBOLS else kind


def _counted(names: pd.Index) -> bool:
    """Whether names are the numbers of the rows alone."""
    number = pd.to_numeric(pd.Series(list(map(str, names))), errors="coerce")
    return bool((number.diff().iloc[1:] == 1).all() and number.iloc[0] in (0, 1))
