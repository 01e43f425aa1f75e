"""Over-representation of sets and terms among lists of genes."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import pylimma as pl
from pylimma.errors import (
    InputError,
    InputTypeError,
    InputWarning,
    Note,
    StageError,
    UnknownNameError,
)

RNG = np.random.default_rng(11)
GENES = [f"g{k}" for k in range(200)]
SETS = {
    f"s{k}": list(RNG.choice(GENES[:150], RNG.integers(5, 40), replace=False)) for k in range(12)
}
LIST = [*SETS["s0"][:5], *RNG.choice(GENES, 25, replace=False).tolist()]
LINKS = pd.DataFrame([(g, s) for s, genes in SETS.items() for g in genes], columns=["gene", "set"])
GO = LINKS.assign(
    ontology=LINKS["set"].map({f"s{k}": ("BP", "CC", "MF")[k % 3] for k in range(12)}),
    name="term " + LINKS["set"],
)


def fit(seed=5):
    rng = np.random.default_rng(seed)
    y = pd.DataFrame(rng.normal(size=(200, 8)), GENES)
    y.iloc[:30, 4:] += 4
    y.iloc[30:50, 4:] -= 4
    design = np.column_stack([np.ones(8), np.repeat([0.0, 1], 4)])
    genes = pd.DataFrame({"entrez": [f"e{k}" for k in range(200)], "length": np.arange(200.0)})
    return pl.e_bayes(pl.lm_fit(pl.EList(E=y, genes=genes.set_index(y.index)), design))


def test_counts_and_tails_are_those_of_a_plain_loop():
    found = pl.kegga({"a": LIST, "b": GENES[:40]}, universe=GENES, gene_pathway=SETS)
    for name, listed in (("a", set(LIST)), ("b", set(GENES[:40]))):
        for term, genes in SETS.items():
            x = len(listed & set(genes))
            tail = stats.hypergeom.sf(x - 1, 200, len(genes), len(listed))
            assert found.loc[term, ["n", name]].tolist() == [len(genes), x]
            np.testing.assert_allclose(found.loc[term, f"p_{name}"], tail, rtol=1e-10)
        np.testing.assert_allclose(found[f"fdr_{name}"], pl.p_adjust(found[f"p_{name}"]))


ANNOTATION = {
    "table": LINKS,
    "array": LINKS.to_numpy(),
    "decoupler": LINKS.set_axis(["target", "source"], axis=1),
    "term to gene": LINKS[["set", "gene"]].set_axis(["gs_name", "gene_symbol"], axis=1),
    "gaps and repeats": pd.concat([LINKS, LINKS, pd.DataFrame({"gene": [None], "set": ["s1"]})]),
}


@pytest.mark.parametrize("links", ANNOTATION.values(), ids=list(ANNOTATION))
def test_annotation_of_any_kind_gives_the_same_result(links):
    expected = pl.kegga(LIST, universe=GENES, gene_pathway=SETS).drop(columns="pathway")
    found = pl.kegga(LIST, universe=GENES, gene_pathway=links).drop(columns="pathway")
    pd.testing.assert_frame_equal(found, expected)


def test_annotation_may_be_a_file(tmp_path):
    path = tmp_path / "sets.gmt"
    path.write_text(
        "".join(f"{s}\tabout {s}\t" + "\t".join(genes) + "\n" for s, genes in SETS.items())
    )
    found = pl.kegga(LIST, universe=GENES, gene_pathway=path)
    assert found["pathway"].tolist() == [f"about {s}" for s in SETS]


def test_the_universe_is_stated_and_genes_without_sets_stay_in():
    found = pl.kegga(LIST, universe=GENES, gene_pathway=SETS)
    annotated = LINKS["gene"].nunique()
    assert f"universe: 200 genes, {annotated} in some set; 12 terms" in found.attrs["meaning"]
    with pytest.warns(Note, match="genes of the lists are not among"):
        restricted = pl.kegga(LIST, universe=GENES, restrict_universe=True, gene_pathway=SETS)
    with pytest.warns(Note, match="genes of the lists are not among"):
        default = pl.goana(LIST, universe=GENES, gene_pathway=GO)
    np.testing.assert_allclose(restricted["p_de"], default["p_de"])
    assert (restricted["p_de"] > found["p_de"])[found["de"] > 0].all()


def test_p_values_are_adjusted_for_the_terms_that_were_asked_for():
    listed = [gene for gene in LIST if gene in set(GO["gene"])]
    whole = pl.goana(listed, gene_pathway=GO)
    branch = pl.goana(listed, gene_pathway=GO, ontology="BP")
    assert set(branch["ont"]) == {"BP"}
    np.testing.assert_allclose(branch["p_de"], whole.loc[branch.index, "p_de"])
    np.testing.assert_allclose(branch["fdr_de"], pl.p_adjust(branch["p_de"]))
    chosen = pl.goana(listed, gene_pathway=GO, ontology=["BP", "CC"], terms=["s0", "s1", "s2"])
    assert chosen.index.tolist() == ["s0", "s1"]
    assert "2 of 12 terms tested" in chosen.attrs["meaning"]
    with pytest.warns(Note, match=r"\d of 12 terms are not tested: \d with fewer than 15 genes"):
        sized = pl.kegga(listed, gene_pathway=SETS, min_size=15)
    assert sized["n"].min() >= 15
    with pytest.raises(InputError, match="No term is left"):
        pl.kegga(listed, gene_pathway=SETS, terms=["none"])


def test_a_fit_gives_its_universe_and_lists():
    found = pl.kegga(fit(), gene_pathway=SETS)
    table = pl.top_table(fit(), 1, number=None)
    up = table.index[(table["adj_p_value"] < 0.05) & (table["log_fc"] > 0)]
    expected = pl.kegga({"up": list(up)}, universe=GENES, gene_pathway=SETS)
    np.testing.assert_allclose(found["p_up"], expected["p_up"])
    sets = {name: [f"e{gene[1:]}" for gene in genes] for name, genes in SETS.items()}
    by_column = pl.kegga(fit(), geneid="entrez", gene_pathway=sets, fdr=0.05)
    np.testing.assert_allclose(by_column["p_down"], found["p_down"])


def test_decisions_give_lists_of_every_contrast():
    decided = pl.decide_tests(fit())
    found = pl.kegga(decided, gene_pathway=SETS)
    assert found.columns[2:6].tolist() == ["x1 up", "x1 down", "x2 up", "x2 down"]
    one = pl.kegga(decided[:, [1]], gene_pathway=SETS)
    assert one.columns[2:4].tolist() == ["up", "down"]
    calls = decided.to_frame()["x2"]
    expected = pl.kegga(list(calls.index[calls == 1]), universe=GENES, gene_pathway=SETS)
    np.testing.assert_allclose(found["p_x2 up"], expected["p_de"])
    np.testing.assert_allclose(one["p_up"], expected["p_de"])


FILES = {
    "association": "g1\tGO:0000001;GO:0000002\ng2\tGO:0000001\n",
    "gene first": "g1\tGO:0000001\ng1\tGO:0000002\ng2\tGO:0000001\n",
    "named": "term,gene\nGO:0000001,g1\nGO:0000002,g1\nGO:0000001,g2\n",
    "gmt": "GO:0000001\tna\tg1\tg2\nGO:0000002\tna\tg1\n",
}


@pytest.mark.parametrize("text", FILES.values(), ids=list(FILES))
def test_files_of_genes_and_terms_are_read_the_right_way_round(text, tmp_path):
    path = tmp_path / "annotation.txt"
    path.write_text(text)
    found = pl.goana(["g1"], gene_pathway=path)
    assert found["n"].to_dict() == {"GO:0000001": 2, "GO:0000002": 1}


def test_the_file_of_kegg_is_read_as_it_is(tmp_path):
    path = tmp_path / "link_pathway_hsa"
    path.write_text("hsa:10327\tpath:hsa00010\nhsa:124\tpath:hsa00010\n")
    assert pl.kegga([10327], gene_pathway=path)["n"].to_dict() == {"hsa00010": 2}
    with pytest.raises(InputError, match="There is no file"):
        pl.kegga(["g1"], gene_pathway=str(tmp_path / "missing.gaf"))


def test_detection_by_a_covariate_is_corrected_for():
    one = pl.kegga(fit(), trend="length", gene_pathway=SETS)
    other = pl.kegga(fit(), trend=pd.Series(np.arange(200.0), GENES).iloc[::-1], gene_pathway=SETS)
    pd.testing.assert_frame_equal(one, other)
    plain = pl.kegga(fit(), gene_pathway=SETS)
    assert not np.allclose(one["p_up"], plain["p_up"])
    flat = pl.kegga(LIST, universe=GENES, null_prob=np.full(200, 0.3), gene_pathway=SETS)
    equal = pl.kegga(LIST, universe=GENES, gene_pathway=SETS)
    np.testing.assert_allclose(flat["p_de"], equal["p_de"], rtol=1e-10)


def test_covariates_are_matched_by_name_and_repeats_merged():
    length = pd.Series(np.arange(200.0), GENES)
    one = pl.kegga(LIST, universe=GENES, covariate=length, gene_pathway=SETS)
    other = pl.kegga(LIST, universe=GENES, covariate=length.iloc[::-1], gene_pathway=SETS)
    pd.testing.assert_frame_equal(one, other)
    twice, values = [*GENES, "g0"], np.append(np.arange(200.0), 10.0)
    merged = pl.kegga(LIST, universe=twice, covariate=values, gene_pathway=SETS)
    mean = length.copy()
    mean["g0"] = 5.0
    same = pl.kegga(LIST, universe=GENES, covariate=mean, gene_pathway=SETS)
    np.testing.assert_allclose(merged["p_de"], same["p_de"])


def test_numbers_are_names_beside_a_covariate_too():
    length = np.arange(200.0)
    text = pl.kegga(LIST, universe=GENES, covariate=length, gene_pathway=LINKS)
    number = {gene: 500 - k for k, gene in enumerate(GENES)}
    links = LINKS.assign(gene=LINKS["gene"].map(number))
    listed, universe = [number[gene] for gene in LIST], list(number.values())
    numbers = pl.kegga(listed, universe=universe, covariate=length, gene_pathway=links)
    pd.testing.assert_frame_equal(numbers, text)


def test_the_picture_of_the_trend_is_drawn_on_request():
    pl.kegga(fit(), trend=True, gene_pathway=SETS, plot=True, main="Trend")
    assert plt.gca().get_title(loc="left") == "Trend"
    plt.close("all")


def test_names_of_lists_are_made_of_what_is_given():
    found = pl.kegga([LIST, GENES[:9]], universe=GENES, gene_pathway=SETS)
    assert found.columns[2:6].tolist() == ["de1", "de2", "p_de1", "p_de2"]


def test_p_values_below_the_smallest_double_have_a_logarithm():
    genes = [f"x{k}" for k in range(30_000)]
    found = pl.kegga(
        genes[:2000], universe=genes, gene_pathway={"s": genes[:1500]}, log10_p_value=True
    )
    assert found["p_de"].iloc[0] == 0
    assert -2500 < found["log10_p_de"].iloc[0] < -1000


def test_genes_outside_the_universe_are_noted_with_the_likely_reason():
    with pytest.warns(Note, match=r"2 of 4 genes of the lists are not .* do not count: 'q', 'r'"):
        pl.kegga(["g1", "g2", "q", "r"], gene_pathway={"s": ["g1", "g2", "g3"]})
    with pytest.warns(InputWarning, match=r"more 2 would be if case was ignored"):
        pl.kegga(["TRP53", "EGF"], gene_pathway={"s": ["Trp53", "Egf", "Myc"]})
    found = pl.kegga(["TRP53"], gene_pathway={"s": ["Trp53", "Egf"]}, match="ignore_case")
    assert found["de"].tolist() == [1]
    with pytest.raises(
        InputError, match=r"None of the 1 genes .*Entrez identifiers against symbols"
    ):
        pl.kegga(["7157"], universe=["7157"], gene_pathway={"s": ["TP53"]})


def test_no_significant_gene_gives_an_empty_table_with_its_columns():
    with pytest.warns(Note, match="No gene is in any list"):
        found = pl.goana(fit(), fdr=1e-30, gene_pathway=GO)
    assert len(found) == 0
    assert list(found.columns[:5]) == ["term", "ont", "n", "up", "down"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, InputError, "https://rest.kegg.jp/link/pathway/hsa"),
        ({"gene_pathway": LINKS[["gene"]]}, InputError, "1 columns"),
        ({"gene_pathway": SETS, "coef": 1}, InputError, "'coef' of `kegga` belong to a fit"),
        ({"gene_pathway": SETS, "de": LINKS}, InputTypeError, "lists of them or a fit"),
        ({"gene_pathway": SETS, "de": [LINKS]}, InputTypeError, "Lists of `de` must hold"),
        ({"gene_pathway": SETS, "de": fit(), "universe": GENES}, InputError, "that of the fit"),
        (
            {"gene_pathway": SETS, "de": fit(), "coef": [0, 1]},
            InputError,
            "must be one coefficient",
        ),
        (
            {"gene_pathway": SETS, "de": fit(), "geneid": "x"},
            UnknownNameError,
            "'entrez', 'length'",
        ),
        ({"gene_pathway": SETS, "de": fit(), "fdr": 2}, InputError, "between 0 and 1"),
        ({"gene_pathway": SETS, "universe": GENES, "null_prob": [1]}, InputError, "1 values"),
        ({"gene_pathway": SETS, "universe": []}, InputError, "holds no genes"),
        ({"gene_pathway": {}}, InputError, "holds no genes in its sets"),
    ],
)
def test_what_cannot_be_used_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        pl.kegga(**{"de": LIST, **options})


def test_a_fit_needs_p_values():
    with pytest.raises(StageError, match="`goana` needs p-values"):
        pl.goana(pl.lm_fit(np.ones((3, 4)), np.ones((4, 1))), gene_pathway=GO)


def test_probabilities_without_a_universe_are_ignored_with_a_warning():
    with pytest.warns(InputWarning, match="`covariate` is ignored without `universe`"):
        pl.kegga(SETS["s1"], covariate=np.arange(200), gene_pathway=SETS)
