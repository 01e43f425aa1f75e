import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.archive import read_archive, write_archive
from pylimma.errors import InputError, InputTypeError

EARLIER = Path(__file__).parent / "archives"  # written while kinds were named by their modules
RECORDED = json.loads((EARLIER / "expected.json").read_text())  # of the objects that were written


def first(values):
    return np.asarray(values, dtype=float).ravel()[:4].tolist()


@pytest.mark.parametrize(
    "content",
    [
        [1, 2.5, None, True, "text", float("inf")],
        ("a", ("b", [])),
        {"x": 1, 2: {"y": None}},
        pd.DataFrame({"a": [1, 2], "b": ["x", None]}, index=["r", "s"]),
        pd.DataFrame(np.eye(2), columns=pd.RangeIndex(2)),
        pd.Series([1.0, np.nan], index=[3, 4], name="s"),
        pd.Series(pd.Categorical(["b", "a", None], ["b", "a"], ordered=True)),
        np.array([[True, False]]),
        np.array(["a", "b"], dtype=object),
        np.float32([1, 2]),
    ],
)
def test_what_was_written_is_read_again(content, tmp_path):
    found = read_archive(write_archive(tmp_path / "a", content))
    if isinstance(content, pd.DataFrame):
        pd.testing.assert_frame_equal(found, content, check_dtype=True)
    elif isinstance(content, pd.Series):
        pd.testing.assert_series_equal(found, content)
    elif isinstance(content, np.ndarray):
        np.testing.assert_array_equal(found, content)
        assert found.dtype == content.dtype
    else:
        assert found == content


def test_containers_and_records_keep_their_types_and_names(tmp_path):
    data = pylimma.simulate_counts(n_genes=50, n_samples=4, rng=1)
    log = np.log2(data.counts[data.counts.min(axis=1) > 0])
    design = pylimma.model_matrix("~ group", data.samples)
    fit = pylimma.e_bayes(pylimma.lm_fit(log, design))
    found = read_archive(
        write_archive(tmp_path / "a", {"fit": fit, "test": pylimma.decide_tests(fit)})
    )
    assert list(found["fit"]) == list(fit)
    np.testing.assert_array_equal(found["fit"]["t"], fit["t"])
    assert found["fit"].row_names.equals(fit.row_names)
    assert found["test"].summary().equals(pylimma.decide_tests(fit).summary())


def test_a_file_that_names_other_classes_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bad", "w") as file:
        node = {"kind": "own", "class": "subprocess:Popen", "parts": {"args": "true"}}
        file.writestr("content.json", json.dumps(node))
    with pytest.raises(InputError, match="no module of pylimma"):
        read_archive(tmp_path / "bad")


def test_what_cannot_be_written_is_named(tmp_path):
    with pytest.raises(InputTypeError, match="A set cannot be written"):
        write_archive(tmp_path / "a", {1, 2})


def test_an_analysis_saved_with_the_names_of_modules_is_loaded():
    found, recorded = pylimma.Analysis.load(EARLIER / "analysis.pylimma"), RECORDED["analysis"]
    table = found.tables["grouptreated"]
    assert {
        "summary": found.summary.to_numpy().tolist(),
        "genes": list(found.fit.row_names[:4]),
        "coefs": list(found.models.col_names),
        "formula": found.formula,
        "weights": first(found.expression["weights"]),
        "t": first(found.fit["t"]),
        "treated_p": first(found.treated["p_value"]),
        "correlation": found.correlation.consensus_correlation,
        "mds_x": first(found.mds.x),
        "lib_size": first(found.data["samples"]["lib_size"]),
        "norm_factors": first(found.counts["samples"]["norm_factors"]),
        "table": list(table.index[:4]),
        "table_p": first(table["p_value"]),
        "design_formula": found.expression["description"].formula,
        "voom_line": first(found.expression["voom_line"].y),
        "lfc": found.options.lfc,
    } == recorded
    assert "grouptreated" in repr(found)


def test_parts_saved_with_the_names_of_modules_are_loaded():
    found, recorded = read_archive(EARLIER / "parts.pylimma"), RECORDED["parts"]
    data, fit, tests = found["data"], found["fit"], found["tests"]
    assert isinstance(data, pylimma.EList)
    assert isinstance(fit, pylimma.MArrayLM)
    assert isinstance(tests, pylimma.TestResults)
    assert {
        "E": first(data["E"]),
        "samples": list(data.col_names),
        "group": list(data["targets"]["group"]),
        "source": data["source"],
        "t": first(fit["t"]),
        "df_prior": float(fit["df_prior"]),
        "F": first(fit["F"]),
        "coefs": list(fit.col_names),
        "tests": np.ravel(tests.values).tolist(),
        "test_names": list(tests.col_names),
    } == recorded
