"""Identifiers and the databases that know them."""

import re

import pandas as pd
import pytest

from pylimma.report.links import links


def column(name, *values):
    return {"name": name, "values": list(values)}


@pytest.mark.parametrize(
    ("names", "address"),
    [
        (["ENSG00000141510", "ENSG00000012048"], "https://www.ensembl.org/id/ENSG00000141510"),
        (["ENSMUSG00000059552.14"] * 2, "https://www.ensembl.org/id/ENSMUSG00000059552"),
        (["7157", "672"], "https://www.ncbi.nlm.nih.gov/gene/7157"),
        (["NM_000546.6"], "https://www.ncbi.nlm.nih.gov/search/all/?term=NM_000546.6"),
        (["P04637-2"], "https://www.uniprot.org/uniprotkb/P04637/entry"),
        (["FBgn0039044"], "https://flybase.org/reports/FBgn0039044"),
        (["WBGene00000467"], "https://wormbase.org/species/c_elegans/gene/WBGene00000467"),
        (["AT1G01010"], "https://www.arabidopsis.org/locus?name=AT1G01010"),
        (["TP53", "BRCA1"], "https://www.ncbi.nlm.nih.gov/gene/?term=TP53[sym]"),
    ],
)
def test_row_names_lead_to_the_database_of_their_kind(names, address):
    link = links(pd.Index(names), [])[0]
    assert link["column"] == -1
    assert re.fullmatch(link["pattern"], names[0])
    assert link["url"].format(re.sub(link["version"] or "^$", "", names[0])) == address


def test_identifiers_come_before_a_search_by_symbol():
    found = links(
        pd.Index(["TP53", "BRCA1"]),
        [column("note", "tumour protein p53", "repair"), column("entrez", "7157", "672")],
    )
    assert [(link["column"], link["name"]) for link in found] == [(1, "NCBI Gene"), (-1, "UniProt")]


@pytest.mark.parametrize(
    "names", [None, pd.Index(["1", "2", "3"]), pd.Index([0, 1]), pd.Index(["0"])]
)
def test_numbers_of_rows_and_text_lead_nowhere(names):
    assert links(names, [column("description", "a kinase", "")]) == []


def test_probes_have_no_database():
    assert links(pd.Index(["1007_s_at", "1053_at"]), []) == []
