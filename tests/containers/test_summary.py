"""What containers print, and what completion shows of them."""

import numpy as np
import pandas as pd
import pytest

import pylimma as pl

SAMPLES = pd.DataFrame({"group": list("ccctt") + ["t"] * 3}, index=list("abcdefgh"))
Y = pd.DataFrame(
    np.random.default_rng(1).normal(8, 1, (50, 8)), [f"gene{k}" for k in range(50)], SAMPLES.index
)
FIT = pl.e_bayes(pl.lm_fit(Y, "~ group", samples=SAMPLES))


def test_a_fit_prints_its_first_numbers_with_four_digits():
    lines = repr(FIT).splitlines()
    assert lines[0] == "MArrayLM of 50 genes × 2 coefficients"
    assert lines[1].split() == ["(Intercept)", "groupt"]
    assert lines[2].split() == ["gene0", *(f"{x:.4g}" for x in FIT.coefficients[0])]
    assert f"{FIT['df_prior']:.4g}" in repr(FIT)
    assert "all 6" in next(line for line in lines if "df_residual" in line)


@pytest.mark.parametrize("whole", [FIT, pl.EList({"E": Y}), pl.decide_tests(FIT)])
def test_no_number_has_more_than_a_few_digits(whole):
    assert max(len(word.strip("-.")) for word in repr(whole).split() if word[-1].isdigit()) < 12
    assert len(repr(whole).splitlines()) < 40


def test_names_of_coefficients_stand_in_one_head():
    table = repr(FIT).split("Model:")[0]
    assert table.count("groupt") == 1


def test_counts_agree_with_their_nouns():
    assert repr(FIT[:1, 0]).startswith("MArrayLM of 1 gene × 1 coefficient\n")
    assert repr(pl.EList({"E": Y.iloc[:, :1]})).startswith("EList of 50 genes × 1 sample\n")


def test_notebooks_show_a_table_and_escaped_words():
    named = pl.EList({"E": Y.set_axis(["<b>", *Y.index[1:]])})
    assert "&lt;b&gt;" in named._repr_html_()
    page = FIT._repr_html_()
    assert "<table" in page
    assert "positive log fold change means higher in t than in c" in page


def test_an_empty_container_prints():
    assert "0 genes" in repr(FIT[:0])


def test_completion_shows_components_and_not_the_machinery():
    shown = set(dir(FIT))
    assert {"coefficients", "t", "describe", "to_frame", "save"} <= shown
    assert not {"popitem", "setdefault", "AXES", "MAIN"} & shown
