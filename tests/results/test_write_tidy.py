"""A long table of many contrasts as a file."""

import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import InputError, OutputError, StageError
from pylimma.results import write_tidy

RNG = np.random.default_rng(3)
E = pd.DataFrame(RNG.normal(size=(40, 12)), index=[f"g{k}" for k in range(40)])
FIT = pl.lm_fit(E, "~ group", samples=pd.DataFrame({"group": list("aaabbbcccddd")}))
MODERATED = pl.e_bayes(FIT)


@pytest.fixture(params=[1, 60, 10**6])
def blocks(request, monkeypatch):
    """Blocks of one contrast, of two, and of all."""
    monkeypatch.setattr(write_tidy, "_ROWS", request.param)


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("name", ["a.csv", "a.TSV", "a.txt.gz", "x.y.csv.gz", "a.parquet"])
@pytest.mark.parametrize("options", [{}, {"method": "global", "number": 7}, {"p_value": 0.0}])
def test_the_file_holds_the_tidy_table(name, options, tmp_path):
    path = tmp_path / name
    n_rows = pl.write_tidy(MODERATED, path, **options)
    expected = pl.tidy(MODERATED, **options)
    assert n_rows == len(expected)
    if name.endswith("parquet"):
        found = pd.read_parquet(path)
    else:
        sep = "," if "csv" in name else "\t"
        found = pd.read_csv(path, sep=sep, float_precision="round_trip")
        assert (path.read_bytes()[:2] == b"\x1f\x8b") == name.endswith("gz")
    known = bool(len(expected))
    pd.testing.assert_frame_equal(found, expected, check_dtype=known, check_exact=True)
    assert list(tmp_path.iterdir()) == [path]


def test_contrasts_may_be_chosen(tmp_path):
    assert pl.write_tidy(MODERATED, tmp_path / "a.csv", "groupc", number=5) == 5
    assert set(pd.read_csv(tmp_path / "a.csv")["contrast"]) == {"groupc"}


@pytest.mark.parametrize("name", ["a.xlsx", "a", "a.parquet.gz", ".gz"])
def test_other_endings_are_refused(name, tmp_path):
    with pytest.raises(InputError, match=r"must end in \.parquet"):
        pl.write_tidy(MODERATED, tmp_path / name)


def test_a_failed_run_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    pl.write_tidy(MODERATED, path)
    before = path.read_bytes()
    monkeypatch.setattr(write_tidy, "_ROWS", 1)
    fit = MODERATED.replace()
    parts = write_tidy.tidy_parts

    def failing(*arguments):
        yield next(parts(*arguments))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write_tidy, "tidy_parts", failing)
    with pytest.raises(OutputError, match="No space left"):
        pl.write_tidy(fit, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_missing_step_is_named(tmp_path):
    with pytest.raises(StageError, match="e_bayes"):
        pl.write_tidy(FIT, tmp_path / "a.csv")
