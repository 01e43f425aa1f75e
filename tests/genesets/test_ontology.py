"""Ontologies and annotation of genes in the files of their consortium."""

import gzip

import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import DataUnavailableError, InputError, InputTypeError, Note

OBO = """format-version: 1.2

[Term]
id: GO:1
name: all of it
namespace: biological_process

[Term]
id: GO:2
name: a {part} ! of it
namespace: biological_process
alt_id: GO:22
is_a: GO:1 {source="x"} ! all of it

[Term]
id: GO:3
name: regulated
namespace: biological_process
relationship: part_of GO:2 ! a part
relationship: regulates GO:1 ! all

[Term]
id: GO:4
name: binding
namespace: molecular_function
relationship: part_of GO:3 ! across

[Term]
id: GO:5
name: old
is_obsolete: true
replaced_by: GO:3

[Term]
id: GO:6
name: older
is_obsolete: true
consider: GO:3

[Typedef]
id: part_of
name: part of
"""
HEAD = "!gaf-version: 2.2\n!comment\n"


def gaf_line(symbol="TP53", relation="involved_in", term="GO:2", evidence="IDA", **other):
    taxon, aspect = other.get("taxon", "taxon:9606"), other.get("aspect", "P")
    cells = ["UniProtKB", "P04637", symbol, relation, term, "PMID:1", evidence, "", aspect]
    cells += [
        "",
        other.get("synonyms", "p53|LFS1"),
        "protein",
        taxon,
        "20200101",
        "UniProt",
        "",
        "",
    ]
    return "\t".join(cells) + "\n"


def written(folder, content, name):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.fixture
def ontology(tmp_path):
    return pl.read_obo(written(tmp_path, OBO, "go.obo"))


def test_terms_are_read_with_names_branches_and_state(ontology):
    assert len(ontology) == 6
    assert repr(ontology) == "Ontology: 6 terms, 2 of them obsolete"
    assert ontology.terms["name"].tolist()[:3] == ["all of it", "a {part} ! of it", "regulated"]
    assert ontology.terms["ontology"].tolist()[2:4] == ["BP", "MF"]


def test_a_namespace_may_stand_in_the_header(tmp_path):
    text = "default-namespace: molecular_function\n[Term]\nid: A\n[Term]\nid: B\nnamespace: other\n"
    terms = pl.read_obo(written(tmp_path, text, "x.obo")).terms
    assert terms["ontology"].tolist() == ["MF", "other"]


def test_ancestors_follow_the_relations_and_stay_in_their_branch(ontology):
    assert ontology.ancestors()["GO:3"] == ["GO:3", "GO:2", "GO:1"]
    assert ontology.ancestors(["is_a"])["GO:3"] == ["GO:3"]
    assert ontology.ancestors(["regulates"])["GO:3"] == ["GO:3", "GO:1"]
    assert ontology.ancestors()["GO:4"] == ["GO:4"]
    assert len(ontology.ancestors(across=True)["GO:4"]) == 4


def test_annotation_is_carried_to_ancestors_under_current_identifiers(ontology):
    links = {"GO:22": ["a"], "GO:2": ["a"], "GO:5": ["b"], "GO:6": ["c"], "GO:9": ["c"]}
    said = (
        r"5 annotations \(is_a, part_of\): 1 of other identifiers of a term, 1 of obsolete terms "
        r"replaced, 1 dropped, their terms being obsolete, 1 dropped, their terms being unknown"
    )
    with pytest.warns(Note, match=said):
        table = ontology.annotate(links)
    pairs = list(zip(table["gene"], table["term"], strict=True))
    assert pairs == [("a", "GO:2"), ("a", "GO:1"), ("b", "GO:3"), ("b", "GO:2"), ("b", "GO:1")]
    assert table["name"].tolist()[1] == "all of it"
    with pytest.warns(Note, match="1 dropped, their terms being obsolete"):
        dropped = ontology.annotate({"GO:2": ["a"], "GO:5": ["b"]}, obsolete="drop")
    assert set(dropped["gene"]) == {"a"}
    with pytest.raises(InputError, match="Term 'GO:5' is obsolete"):
        ontology.annotate({"GO:5": ["b"]}, obsolete="error")


def test_terms_that_are_their_own_ancestors_are_named(tmp_path):
    text = "[Term]\nid: A\nis_a: B\n[Term]\nid: B\nis_a: A\n"
    with pytest.raises(InputError, match=r"their own ancestors: .*'A'"):
        pl.read_obo(written(tmp_path, text, "x.obo")).ancestors()


def test_files_without_terms_and_links_without_them_are_refused(tmp_path, ontology):
    with pytest.raises(InputError, match="holds no terms"):
        pl.read_obo(written(tmp_path, "[Typedef]\nid: x\n", "x.obo"))
    with pytest.warns(Note), pytest.raises(InputError, match="None of the terms"):
        ontology.annotate({"X:1": ["a"]})
    with pytest.raises(InputTypeError, match="a table of genes and terms"):
        ontology.annotate([1, 2])


def test_negated_rows_are_dropped_wherever_not_stands(tmp_path):
    relations = ["involved_in", "NOT|involved_in", "not", "acts_upstream_of|NOT", "NOT|", ""]
    text = HEAD + "".join(gaf_line(symbol=f"g{k}", relation=r) for k, r in enumerate(relations))
    with pytest.warns(Note, match=r"4 of 6 rows of 'x.gaf' dropped: 4 negated \(NOT\)"):
        table = pl.read_gaf(written(tmp_path, text, "x.gaf"))
    assert table["gene"].tolist() == ["g0", "g5"]
    assert table.attrs["dropped"] == {"negated (NOT)": 4}


def test_genes_are_named_as_asked(tmp_path):
    path = written(tmp_path, gzip.compress((HEAD + gaf_line()).encode()), "x.gaf.gz")
    assert pl.read_gaf(path)["gene"].tolist() == ["TP53"]
    assert pl.read_gaf(path, id="object_id")["gene"].tolist() == ["P04637"]
    assert pl.read_gaf(path, id="synonym")["gene"].tolist() == ["p53", "LFS1"]


def test_evidence_is_filtered_only_when_asked(tmp_path):
    text = HEAD + gaf_line("a", evidence="IDA") + gaf_line("b", evidence="IEA")
    path = written(tmp_path, text + gaf_line("c", evidence="ND"), "x.gaf")
    with pytest.warns(Note, match="1 others say that nothing is known"):
        assert pl.read_gaf(path).attrs["evidence"] == {"IDA": 1, "IEA": 1, "ND": 1}
    with pytest.warns(Note, match="2 of other evidence"):
        assert pl.read_gaf(path, evidence=["ida"])["gene"].tolist() == ["a"]
    with pytest.warns(Note, match="2 of other evidence"):
        assert pl.read_gaf(path, exclude_evidence=["IEA", "ND"])["gene"].tolist() == ["a"]
    with pytest.raises(InputError, match=r"the codes are 'IDA', 'IEA', 'ND'"):
        pl.read_gaf(path, evidence=["XYZ"])


def test_several_species_need_a_choice(tmp_path):
    host = gaf_line("v", taxon="taxon:9606|taxon:562")
    path = written(tmp_path, HEAD + host + gaf_line("m", taxon="taxon:10090"), "x.gaf")
    with pytest.raises(InputError, match=r"2 species: 9606 \(1\), 10090 \(1\)"):
        pl.read_gaf(path)
    for taxon in ("Mm", 10090, ["10090"]):
        with pytest.warns(Note, match="1 of other species"):
            assert pl.read_gaf(path, taxon=taxon)["gene"].tolist() == ["m"]
    with pytest.raises(InputError, match="no species '7227'"):
        pl.read_gaf(path, taxon="Dm")


def test_lines_that_cannot_be_read_are_counted(tmp_path):
    text = HEAD + gaf_line() + gaf_line(evidence="") + gaf_line(taxon="") + "broken\n"
    with pytest.warns(Note, match="3 of 4 rows of 'x.gaf' dropped: 3 not readable"):
        assert len(pl.read_gaf(written(tmp_path, text, "x.gaf"))) == 1
    with pytest.raises(InputError, match="GPAD file"):
        pl.read_gaf(written(tmp_path, "!gpa-version: 1.1\n", "x.gpad"))
    with pytest.raises(InputError, match="neither GAF"):
        pl.read_gaf(written(tmp_path, "a\tb\n", "x.txt"))


def test_goana_takes_the_files_themselves(tmp_path):
    lines = [
        "#tax_id\tGeneID\tGO_ID\tEvidence\tQualifier\tGO_term\tPubMed\tCategory",
        *(f"9606\t{k}\tGO:3\tIDA\tinvolved_in\tx\t-\tProcess" for k in (1, 2, 3)),
        *(f"9606\t{k}\tGO:4\tIDA\tenables\tx\t-\tFunction" for k in (3, 4, 5)),
        "10090\t6\tGO:4\tIDA\tenables\tx\t-\tFunction",
    ]
    gene2go = written(tmp_path, "\n".join(lines), "gene2go")
    obo = written(tmp_path, OBO, "go.obo")
    with pytest.warns(Note, match="1 of other species"):
        found = pl.goana([1, 2, 3], gene_pathway=gene2go, obo=obo, species="Hs")
    assert found.index.tolist() == ["GO:3", "GO:2", "GO:1", "GO:4"]
    assert found["term"].tolist()[0] == "regulated"
    assert "carried to ancestors by is_a and part_of" in found.attrs["meaning"]
    assert found["ont"].tolist() == ["BP", "BP", "BP", "MF"]
    assert found["n"].tolist() == [3, 3, 3, 3]
    assert found["de"].tolist() == [3, 3, 3, 1]


def test_kegg_is_read_from_downloaded_files(tmp_path):
    links = written(tmp_path, "dme:Dmel_CG1\tpath:dme00010\ndme:Dmel_CG2\tpath:dme00020\n", "l.txt")
    table = pl.get_gene_kegg_links("dme", path=links)
    assert table["GeneID"].tolist() == ["Dmel_CG1", "Dmel_CG2"]
    conversion = written(tmp_path, "ncbi-geneid:11\tdme:Dmel_CG1\n", "c.txt")
    with pytest.warns(Note, match="1 of 2 links are dropped: .* 'Dmel_CG2'"):
        converted = pl.get_gene_kegg_links("dme", convert=True, path=links, conversion=conversion)
    assert converted.to_numpy().tolist() == [["11", "dme00010"]]
    names = written(tmp_path, "path:dme00010\tGlycolysis - a - Fly\ndme00020\tCitrate\n", "n.txt")
    table = pl.get_kegg_pathway_names("dme", remove_qualifier=True, path=names)
    assert table["Description"].tolist() == ["Glycolysis - a", "Citrate"]


def test_nothing_is_downloaded(tmp_path):
    for call in (pl.get_gene_kegg_links, pl.get_kegg_pathway_names):
        with pytest.raises(DataUnavailableError, match=r"save https://rest\.kegg\.jp/li"):
            call("mmu")
    with pytest.raises(InputError, match="line 2 does not hold two fields"):
        pl.get_gene_kegg_links(path=written(tmp_path, "a\tb\nc\n", "x.txt"))


def test_a_table_of_annotation_keeps_its_own_columns():
    table = pd.DataFrame({"gene": ["a", "b"], "term": ["t", "t"], "extra": [1, 2]})
    found = pl.goana(["a"], gene_pathway=table)
    assert found["n"].tolist() == [2]
    assert found["ont"].isna().all()
    positional = table.assign(extra="BP", more="a term").set_axis(list("wxyz"), axis=1)
    found = pl.goana(["a"], gene_pathway=positional)
    assert found[["term", "ont"]].to_numpy().tolist() == [["a term", "BP"]]
