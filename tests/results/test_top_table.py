"""Tables of results: rows, order, thresholds and labels."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import pylimma
from pylimma.errors import InputError, StageError, UnknownNameError

DESIGN = pd.DataFrame({"Intercept": np.ones(9), "b": [0] * 3 + [1] * 3 + [0] * 3,
                       "c": [0] * 6 + [1] * 3}, dtype=float)  # fmt: skip


def data():
    rng = np.random.default_rng(31)
    y = rng.normal(6, 1, size=(60, 9)) + np.outer(rng.normal(0, 1, 60), DESIGN["b"])
    return pd.DataFrame(y, index=[f"gene{k}" for k in range(60)])


@pytest.fixture(scope="module")
def fit():
    return pylimma.e_bayes(pylimma.lm_fit(data(), DESIGN))


def test_genes_keep_their_names_whatever_the_order(fit):
    table = pylimma.top_table(fit, coef="b", number=None, sort_by="p")
    expected = pd.Series(fit["p_value"][:, 1], index=data().index).sort_values()
    assert list(table.index) == list(expected.index)
    assert (np.diff(table["p_value"]) >= 0).all()


def test_adjustment_is_over_all_genes_whatever_is_shown(fit):
    table = pylimma.top_table(fit, coef=1, number=5, sort_by="p")
    whole = stats.false_discovery_control(fit["p_value"][:, 1])
    np.testing.assert_allclose(table["adj_p_value"], np.sort(whole)[:5])


@pytest.mark.parametrize(
    ("sort_by", "key"),
    [
        ("logFC", lambda x: -x["log_fc"].abs()),
        ("log_fc", lambda x: -x["log_fc"].abs()),
        ("t", lambda x: -x["t"].abs()),
        ("AveExpr", lambda x: -x["ave_expr"]),
        ("B", lambda x: -x["b"]),
        ("P", lambda x: x["p_value"]),
    ],
)
def test_rows_are_sorted(fit, sort_by, key):
    table = pylimma.top_table(fit, coef=1, sort_by=sort_by, number=np.inf)
    assert len(table) == 60
    assert (np.diff(key(table)) >= 0).all()


def test_rows_are_resorted_with_their_sign(fit):
    table = pylimma.top_table(fit, coef=1, resort_by="logFC")
    assert (np.diff(table["log_fc"]) <= 0).all()
    assert set(table.index) == set(pylimma.top_table(fit, coef=1).index)


def test_thresholds_leave_the_rows_that_pass(fit):
    table = pylimma.top_table(fit, coef=1, number=None, p_value=0.5, lfc=0.5)
    whole = pylimma.top_table(fit, coef=1, number=None)
    kept = whole[(whole["adj_p_value"] <= 0.5) & (whole["log_fc"].abs() >= 0.5)]
    pd.testing.assert_frame_equal(table, kept)
    by_fold = pylimma.top_table(fit, coef=1, number=None, p_value=0.5, fc=2**0.5)
    pd.testing.assert_frame_equal(by_fold, table)


def test_a_table_without_rows_keeps_columns_and_types(fit):
    empty = pylimma.top_table(fit, coef=1, lfc=1e6)
    assert list(empty.columns) == list(pylimma.top_table(fit, coef=1).columns)
    assert (empty.dtypes == pylimma.top_table(fit, coef=1).dtypes).all()
    assert len(empty) == 0


def test_confidence_intervals_belong_to_their_own_row(fit):
    table = pylimma.top_table(fit, coef=1, number=None, confint=0.9, lfc=0.5, sort_by="logFC")
    gene = data().index.get_indexer(table.index)
    half = stats.t.ppf(0.95, fit["df_total"]) * np.sqrt(fit["s2_post"])
    half *= fit["stdev_unscaled"][:, 1]
    np.testing.assert_allclose(table["ci_r"] - table["log_fc"], half[gene])
    np.testing.assert_allclose(table["log_fc"] - table["ci_l"], half[gene])
    assert list(table.columns[:3]) == ["log_fc", "ci_l", "ci_r"]


def test_several_coefficients_are_tested_by_f(fit):
    table = pylimma.top_table(fit, number=None)
    assert list(table.columns) == ["b", "c", "ave_expr", "F", "p_value", "adj_p_value"]
    y = data().to_numpy()
    ordinary = stats.f_oneway(y[:, :3], y[:, 3:6], y[:, 6:], axis=1).statistic
    ratio = (fit["sigma"] ** 2 / fit["s2_post"]) * ordinary
    gene = data().index.get_indexer(table.index)
    np.testing.assert_allclose(table["F"], ratio[gene], rtol=1e-9)


@pytest.mark.filterwarnings("ignore:The values range")
def test_logarithms_reach_beyond_the_smallest_double():
    y = data()
    y.iloc[:, 3:6] += 1e9
    fit = pylimma.e_bayes(pylimma.lm_fit(y, DESIGN))
    table = pylimma.top_table(fit, coef="b", log10_p_value=True)
    both = table["p_value"] > 0
    np.testing.assert_allclose(
        table["log10_p_value"][both], np.log10(table["p_value"][both]), rtol=1e-9
    )
    assert np.isfinite(table["log10_adj_p_value"]).all()
    assert (table["log10_adj_p_value"] >= table["log10_p_value"]).all()


def test_genes_without_names_are_numbered_by_position():
    fit = pylimma.e_bayes(pylimma.lm_fit(data().to_numpy(), DESIGN))
    table = pylimma.top_table(fit, coef=1, number=None, sort_by="none")
    assert list(table.index[:3]) == [0, 1, 2]


def test_names_that_repeat_stand_in_a_column():
    y = data()
    y.index = ["same"] * 2 + list(y.index[2:])
    table = pylimma.top_table(
        pylimma.e_bayes(pylimma.lm_fit(y, DESIGN)), coef=1, number=None, sort_by="none"
    )
    assert list(table["ID"][:3]) == ["same", "same", "gene2"]
    assert len(table) == 60


def test_annotation_comes_along_and_can_be_replaced(fit):
    genes = pd.DataFrame({"symbol": [f"S{k}" for k in range(60)]}, index=data().index)
    table = pylimma.top_table(fit.replace(genes=genes), coef=1, number=3)
    assert all(f"S{name[4:]}" == symbol for name, symbol in table["symbol"].items())
    table = pylimma.top_table(fit, coef=1, genelist=[f"S{k}" for k in range(60)])
    assert table.columns[0] == "ID"


def test_after_treat_the_table_has_no_odds(fit):
    found = pylimma.treat(fit, lfc=0.3)
    assert "b" not in pylimma.top_treat(found, coef="b")
    with pytest.raises(InputError, match="no log odds"):
        pylimma.top_treat(found, coef="b", sort_by="B")


def test_a_missing_step_is_named():
    with pytest.raises(StageError, match="run `e_bayes` or `treat` on the fit first"):
        pylimma.top_table(pylimma.lm_fit(data(), DESIGN))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"coef": "d"}, UnknownNameError, "No coefficients named 'd'; there are 'Intercept'"),
        ({"coef": 3}, UnknownNameError, "position 3; there are 3, counted from 0"),
        ({"coef": 1, "sort_by": "x"}, InputError, "`sort_by` must be one of"),
        ({"coef": 1, "adjust_method": "x"}, InputError, "`adjust_method` must be one of"),
        ({"coef": 1, "p_value": 2}, InputError, "`p_value` must lie between 0 and 1"),
        ({"coef": 1, "lfc": -1}, InputError, "`lfc` must be at least 0"),
        ({"coef": 1, "fc": 0.5}, InputError, "at least 1"),
        ({"coef": 1, "fc": 2, "lfc": 3}, InputError, "not both"),
        ({"coef": 1, "confint": 2.0}, InputError, "`confint` must lie between 0 and 1"),
        ({"coef": 1, "genelist": ["a"]}, InputError, "`genelist` has 1 rows"),
        ({"coef": 1, "number": np.nan}, InputError, "`number` must be a number"),
        ({"sort_by": "logFC"}, InputError, "`sort_by` must be one of 'F'"),
    ],
)
def test_options_that_cannot_be_are_refused(fit, arguments, error, message):
    with pytest.raises(error, match=message):
        pylimma.top_table(fit, **arguments)


def test_a_gene_whose_p_value_is_the_cut_off_is_listed():
    y = np.random.default_rng(3).normal(size=(30, 6))
    fit = pylimma.e_bayes(pylimma.lm_fit(y, np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])))
    adjusted = pylimma.top_table(fit, coef=1, number=30, adjust_method="none")["adj_p_value"]
    listed = pylimma.top_table(
        fit, coef=1, number=30, adjust_method="none", p_value=adjusted.iloc[9]
    )
    assert len(listed) == 10


@pytest.fixture(scope="module")
def treated():
    return pylimma.treat(pylimma.lm_fit(data(), DESIGN), lfc=0.3)


def test_the_table_of_a_threshold_test_is_that_of_top_treat(treated):
    pd.testing.assert_frame_equal(
        pylimma.top_table(treated, coef="b"), pylimma.top_treat(treated, coef="b")
    )
    table = pylimma.top_table(treated, number=None, sort_by="none")  # the last coefficient
    np.testing.assert_array_equal(table["p_value"], treated["p_value"][:, 2])


def test_threshold_tests_have_no_joint_table(treated):
    also_f = pylimma.treat(pylimma.e_bayes(pylimma.lm_fit(data(), DESIGN)), lfc=0.3)
    for fit in (treated, also_f):
        with pytest.raises(StageError, match="`top_treat`"):
            pylimma.top_table(fit, coef=["b", "c"])


@pytest.mark.parametrize("table", [pylimma.top_table, pylimma.top_treat])
def test_a_second_threshold_is_refused(treated, table):
    for threshold in ({"lfc": 0.5}, {"fc": 2}):
        with pytest.raises(StageError, match=r"tested against .* > 0\.3 by `treat`"):
            table(treated, coef="b", **threshold)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lfc": 1, "fc": 2}, "`fc` or `lfc`, not both"),
        ({"lfc": 1, "fc": 4}, "`fc` or `lfc`, not both"),
        ({"lfc": -1}, "`lfc` must be at least 0"),
        ({"fc": 0.5}, "`fc` must be at least 1"),
        ({"p_value": 1.2}, "`p_value` must lie between 0 and 1"),
        ({"coef": -1}, "`coef` counts from 0, not from the end; got -1"),
        ({"coef": [0, -2]}, "`coef` counts from 0, not from the end; got -2"),
    ],
)
def test_thresholds_and_positions_that_say_nothing_are_refused(fit, treated, options, message):
    with pytest.raises(InputError, match=message):
        pylimma.top_table(fit, **{"coef": "b", **options})
    with pytest.raises(InputError, match=message):
        pylimma.top_treat(treated, **{"coef": "b", **options})


def test_no_order_is_the_order_of_the_fit(fit, treated):
    for table, of in ((pylimma.top_table, fit), (pylimma.top_treat, treated)):
        found = table(of, coef="b", number=None, sort_by=None)
        assert list(found.index) == list(data().index)
        pd.testing.assert_frame_equal(found, table(of, coef="b", number=None, sort_by="none"))
    joint = pylimma.top_table(fit, coef=["b", "c"], number=None, sort_by=None)
    assert list(joint.index) == list(data().index)
