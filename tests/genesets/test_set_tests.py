"""Gene sets in all contrasts of a fit, by the name of the test."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, Note, UnknownNameError
from pylimma.genesets.set_tests import run_set_tests

GENES = [f"ENSG{k:011d}" for k in range(100)]
SYMBOLS = [f"G{k}" for k in range(100)]
SETS = {"up": SYMBOLS[:12], "none": SYMBOLS[50:60]}


@pytest.fixture
def fit():
    """Three groups of three samples; the first twelve genes are higher in the second."""
    rng = np.random.default_rng(1)
    y = rng.normal(size=(100, 9))
    y[:12, 3:6] += 2
    genes = pd.DataFrame({"symbol": SYMBOLS, "length": 3}, index=GENES)
    data = pylimma.EList(E=pd.DataFrame(y, GENES), genes=genes)
    design = np.kron(np.eye(3), np.ones((3, 1)))
    model = pylimma.lm_fit(data, pd.DataFrame(design, columns=["a", "b", "c"]))
    made = pylimma.e_bayes(pylimma.contrasts_fit(model, ["b - a", "c - a"]))
    return made.replace(EList=data)


@pytest.mark.parametrize("test", ["camera", "fry", "camera_pr"])
def test_all_contrasts_are_tested_as_the_function_does_it(fit, test):
    with pytest.warns(Note, match="looked up in the column 'symbol'"):
        found = run_set_tests(fit, SETS, test)
    expected = getattr(pylimma, test)(fit, SETS, geneid="symbol", contributing=True)
    pd.testing.assert_frame_equal(found.table, expected)
    assert found.of_contrast("b - a").loc["up", "p_value"] < 0.01
    assert found.of_contrast("b - a").loc["up", "direction"] == "Up"
    assert found.significant(0.05) == {"b - a": 1, "c - a": 0}
    assert list(found.members["up"]) == list(range(12))
    assert list(found.members["none"]) == list(range(50, 60))
    assert found.meaning


def test_a_single_contrast_is_named_too(fit):
    found = run_set_tests(fit[:, ["b - a"]], {"up": GENES[:12], "none": GENES[50:60]})
    assert list(found.table["contrast"].unique()) == ["b - a"]


def test_an_only_set_counts_by_its_p_value(fit):
    found = run_set_tests(fit, {"up": GENES[:12]})
    assert "fdr" not in found.table
    assert found.significant(0.05) == {"b - a": 1, "c - a": 0}


def test_sets_come_from_files(fit, tmp_path):
    one, two = tmp_path / "one.gmt", tmp_path / "two.gmt"
    one.write_text("\t".join(["up", "na", *GENES[:12]]) + "\n")
    two.write_text("\t".join(["none", "na", *GENES[50:60]]) + "\n")
    found = run_set_tests(fit, [one, two])
    assert list(found.members) == ["up", "none"]
    assert set(found.table["collection"]) == {"one", "two"}
    assert list(run_set_tests(fit, str(one)).members) == ["up"]


def test_names_of_genes_come_before_the_annotation(fit):
    with pytest.warns(Note, match="7 of 10 identifiers of the sets"):
        found = run_set_tests(fit, {"a": GENES[:3], "b": SYMBOLS[5:8] + GENES[8:12]})
    assert list(found.members["b"]) == [8, 9, 10, 11]


def test_the_column_of_identifiers_is_chosen_by_name(fit):
    found = run_set_tests(fit, {"up": SYMBOLS[:12]}, geneid="symbol")
    assert len(found.members["up"]) == 12
    with pytest.raises(UnknownNameError, match="`geneid` is 'entrez'"):
        run_set_tests(fit, SETS, geneid="entrez")


def test_another_test_is_refused(fit):
    with pytest.raises(InputError, match="`set_test` must be one of 'camera', 'fry'"):
        run_set_tests(fit, SETS, "gsea")
