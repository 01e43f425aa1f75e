"""A fit as a text file."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputTypeError
from pylimma.results.write_fit import rounded


@pytest.fixture(scope="module")
def fit():
    y = np.random.default_rng(51).normal(6, 1, size=(10, 6))
    frame = pd.DataFrame(y, index=[f"g{k}" for k in range(10)])
    design = pd.DataFrame({"a": np.ones(6), "b": np.repeat([0.0, 1.0], 3)})
    return pylimma.e_bayes(pylimma.lm_fit(frame, design))


def test_a_five_is_rounded_as_it_reads():
    values = np.array([3.88225, -3.88225, 0.5, 2.345, np.nan, 0.0])
    np.testing.assert_array_equal(rounded(values, 4)[:2], [3.8823, -3.8823])
    np.testing.assert_array_equal(rounded(values, 2)[2:], [0.5, 2.35, np.nan, 0.0])


def test_the_file_reads_back_as_the_fit(fit, tmp_path):
    path = tmp_path / "fit.tsv"
    lines = pylimma.write_fit(fit, pylimma.decide_tests(fit), path, adjust="BH")
    assert path.read_text().splitlines() == lines
    table = pd.read_csv(path, sep="\t", index_col=0)
    np.testing.assert_allclose(table["Coef.b"], fit["coefficients"][:, 1], rtol=1e-13)
    np.testing.assert_allclose(table["F.p.value"], fit["F_p_value"], rtol=1e-13)
    assert list(table.index) == list(fit.row_names)
    assert "Results.b" in table
    assert list(tmp_path.iterdir()) == [path]


def test_text_is_quoted_on_request(fit):
    genes = pd.DataFrame({"Name": ['a "b"'] * 10, "Chr": ["1"] * 10})
    line = pylimma.write_fit(fit.replace(genes=genes), quote=True)[1]
    assert line.startswith('"g0"\t')
    assert line.endswith('"a ""b"""\t"1"')


def test_what_cannot_be_written_is_refused(fit):
    with pytest.raises(InputTypeError, match="needs a fit"):
        pylimma.write_fit(3)
    with pytest.raises(InputError, match="`method` must be"):
        pylimma.write_fit(fit, method="nestedF")
    with pytest.raises(InputError, match="`results` has shape"):
        pylimma.write_fit(fit, results=np.zeros((3, 3)))
