"""Analyses of log-intensities with missing values, from containers and tables."""

import warnings

import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.analysis.methods import methods_paragraph
from pylimma.errors import InputError, Note, PylimmaWarning

RNG = np.random.default_rng(11)
N = 300
NAMES = [f"P{k:05d}" for k in range(10_000, 10_000 + N)]
SAMPLES = pd.DataFrame({"group": list("aaabbbccc")}, index=[f"s{k}" for k in range(9)])
CHANGED = np.arange(N) < 30
LEVEL = RNG.uniform(16, 30, (N, 1))
E = LEVEL + RNG.normal(0, 0.3, (N, 9)) + 2 * np.outer(CHANGED, SAMPLES["group"] == "b")
E[RNG.random(E.shape) < 1 / (1 + np.exp(LEVEL - 17))] = np.nan
E[40:44] = 20 + RNG.normal(0, 0.3, (4, 9))
E[40:44, 3:6] = np.nan  # on in a and c alone
E[50] = np.nan
Y = pd.DataFrame(E, NAMES, SAMPLES.index)
COUNTS = pd.DataFrame(RNG.poisson(200, (N, 9)), NAMES, SAMPLES.index)


def run(method="vooma", data=Y, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PylimmaWarning)
        return pl.analyze(data, SAMPLES, "~ 0 + group", ["b - a", "c - a"], method, **options)


@pytest.mark.parametrize(
    ("method", "options"), [("vooma", {}), ("ls", {}), ("trend", {"intensities": True})]
)
def test_change_is_found_and_missing_values_are_told(method, options):
    found = run(method, **options)
    called = np.nan_to_num(found.decisions.values[:, 0]) != 0
    assert called[CHANGED[found.kept]].sum() > 20
    assert called[~CHANGED[found.kept]].sum() < 9
    assert dict(found.facts)["missing"].endswith("none is imputed")
    text, _ = methods_paragraph(found, "1")
    assert "each protein was analysed from its observed values, without imputation" in text


def test_vooma_is_the_steps_by_hand():
    found = run()
    seen = ~np.isnan(E).all(axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PylimmaWarning)
        fit = pl.vooma_lm_fit(Y[seen], pl.model_matrix("~ 0 + group", SAMPLES))
        fit = pl.e_bayes(pl.contrasts_fit(fit, pd.DataFrame({"x": [-1, 1, 0]}, fit.col_names)))
    by_hand = fit["t"][:, 0]
    assert np.allclose(found.fit["t"][:, 0], by_hand, equal_nan=True)
    assert found.trend is not None
    assert (~found.kept).sum() == (~seen).sum() > 0


def test_a_container_of_intensities_needs_no_word_for_the_trend():
    data = pl.EList(E=Y, targets=SAMPLES)
    assert run("trend", data).options.intensities
    assert np.allclose(run("trend", data).fit["t"], run("ls", trend=True).fit["t"], equal_nan=True)
    assert not run("trend", COUNTS).options.intensities


def test_a_row_without_result_says_why_and_where_it_was_seen():
    table = run().tables["b - a"]
    rows = table.loc[NAMES[40:44]]
    assert rows["p_value"].isna().all()
    assert (rows["reason"] == "not seen in b").all()
    assert rows[["n_a", "n_b"]].to_numpy().tolist() == [[3, 0]] * 4
    assert (table.loc[table["p_value"].notna(), "reason"] == "").all()
    assert "n_c" not in table
    seen = Y.notna().T.groupby(SAMPLES["group"]).sum().T
    assert np.array_equal(table["n_a"], seen["a"][table.index])


def test_on_and_off_stand_beside_the_table():
    found = run()
    table = found.on_off_table("b - a")
    assert set(NAMES[40:44]) <= set(table.index)
    assert (table.loc[NAMES[40:44], "seen_in"] == "a").all()
    public = pl.on_off_table(Y, SAMPLES["group"], ("b", "a"))
    assert list(public.index) == list(table.index)


def test_complete_data_have_tables_without_these_columns():
    assert "reason" not in run("ls", Y.fillna(18.0)).tables["b - a"]


def test_rows_without_any_value_are_excluded_with_a_note():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PylimmaWarning)
        warnings.filterwarnings("always", category=Note)
        with pytest.warns(Note, match="have no value in any sample and are excluded"):
            pl.analyze(Y, SAMPLES, "~ 0 + group", ["b - a"], "vooma")


def test_blocks_are_estimated_with_the_weights():
    found = run(block=list("uvwuvwuvw"))
    assert found.fit["correlation"] == found.models["correlation"]
    with pytest.raises(InputError, match="estimate it"):
        run(block=list("uvwuvwuvw"), correlation=0.2)


def test_results_survive_the_archive_and_make_a_report(tmp_path):
    found = run()
    assert type(found).load(found.save(tmp_path / "a.zip")).tables.keys() == found.tables.keys()
    text = found.report(tmp_path / "r.html").read_text()
    assert "vooma" in text
    assert found.plot_trend().get_xlabel() == r"Average expression ($\log_2$)"


@pytest.mark.parametrize("normalization", ["quantile", "scale", "cyclicloess"])
def test_samples_are_normalised_with_their_gaps(normalization):
    found = run(normalization=normalization)
    assert np.array_equal(np.isnan(found.expression["E"]), np.isnan(E[found.kept]))


def test_counts_and_intensities_are_told_apart():
    with pytest.raises(InputError, match="takes counts; for log-intensities use 'vooma'"):
        run("voom", intensities=True)
    with pytest.raises(InputError, match="takes log-intensities, not counts"):
        run("vooma", intensities=False)
    with pytest.raises(InputError, match="`normalization` must be one of 'scale'"):
        run(normalization="TMM")
    with pytest.raises(InputError, match="`fit_method` 'robust'"):
        run(fit_method="robust")


def test_missing_values_are_drawn_where_there_are_some():
    found = run()
    incomplete = np.isnan(found.expression["E"]).any(axis=1).sum()
    assert found.plot_missing().get_ylabel() == f"{incomplete} features with missing values"
    with pytest.raises(InputError, match="No value is missing"):
        run("ls", Y.fillna(18.0)).plot_missing()
