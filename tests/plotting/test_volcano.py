"""Volcano plots."""

import numpy as np
import pytest
from plotting_checks import legend_texts, offsets
from scipy.stats import false_discovery_control

import pylimma
from pylimma.errors import InputError, InputTypeError, StageError, UnknownNameError


def test_fold_change_and_p_value_are_the_coordinates(fit):
    shown = offsets(pylimma.volcanoplot(fit, coef="B", fdr=None).collections[0])
    np.testing.assert_array_equal(shown[:, 0], fit["coefficients"][:, 1])
    np.testing.assert_allclose(shown[:, 1], -np.log10(fit["p_value"][:, 1]))


def test_genes_within_the_false_discovery_rate_are_counted(fit):
    passed = false_discovery_control(fit["p_value"][:, 0]) < 0.05
    up = int((passed & (fit["coefficients"][:, 0] > 0)).sum())
    down = int(passed.sum()) - up
    words = legend_texts(pylimma.volcanoplot(fit))
    assert words == [f"up ({up})", f"down ({down})", f"not significant ({60 - up - down})"]


def test_log_odds_can_be_shown(fit):
    ax = pylimma.volcanoplot(fit, style="B-statistic", fdr=None)
    np.testing.assert_array_equal(offsets(ax.collections[0])[:, 1], fit["lods"][:, 0])


def test_the_highest_genes_are_named(fit):
    names = [f"n{k}" for k in range(60)]
    ax = pylimma.volcanoplot(fit, highlight=2, names=names)
    expected = {f"n{k}" for k in np.argsort(fit["p_value"][:, 0], kind="stable")[:2]}
    assert {text.get_text() for text in ax.texts} == expected


def test_a_p_value_of_zero_has_a_finite_height(fit):
    t = np.full((60, 2), 3.0)
    t[0] = 1e6
    p_value = np.full((60, 2), 0.1)
    p_value[0] = 0
    extreme = fit.replace(t=t, p_value=p_value, df_total=np.full(60, 80.0))
    shown = offsets(pylimma.volcanoplot(extreme, fdr=None).collections[0])
    assert 350 < shown[0, 1] < 450


def test_names_asked_for_are_always_written_and_the_rest_is_counted(fit):
    crowded = fit.replace(coefficients=np.full((60, 2), 3.0), p_value=np.full((60, 2), 1e-9))
    asked = [f"gene_with_a_long_name_{k}" for k in range(40, 60)]
    names = [f"gene_with_a_long_name_{k}" for k in range(60)]
    ax = pylimma.volcanoplot(crowded, top=60, labels=asked, names=names)
    written = {text.get_text() for text in ax.texts}
    assert set(asked) <= written
    left = 60 - sum(text.startswith("gene_") for text in written)
    assert left > 0
    assert f"{left} of 60 names left out for lack of room" in written


def test_genes_without_p_value_are_counted_below(fit):
    p_value = fit["p_value"].copy()
    p_value[[3, 8], 0] = np.nan
    ax = pylimma.volcanoplot(fit.replace(p_value=p_value), labels=["g3", "g4"])
    assert ax.texts[-1].get_text() == "2 genes without p-value; no value of 'g3'"
    assert "g4" in {text.get_text() for text in ax.texts}


def test_a_threshold_of_fold_change_is_a_line_only_if_there_is_one(fit):
    assert len(pylimma.volcanoplot(fit, lfc=None).lines) == 1
    ax = pylimma.volcanoplot(fit, lfc=1.5)
    assert [line.get_xdata()[0] for line in ax.lines] == [0, -1.5, 1.5]
    change = fit["coefficients"][:, 0]
    passed = (false_discovery_control(fit["p_value"][:, 0]) < 0.05) & (np.abs(change) >= 1.5)
    assert legend_texts(ax)[0] == f"up ({(passed & (change > 0)).sum()})"
    with pytest.raises(InputError, match="`lfc` must be at least 0"):
        pylimma.volcanoplot(fit, lfc=-1)


def test_what_the_volcano_cannot_show_is_named(fit):
    with pytest.raises(InputTypeError, match="needs a fit"):
        pylimma.volcanoplot([1, 2])
    with pytest.raises(StageError, match="needs 'p_value': run `e_bayes`"):
        pylimma.volcanoplot(fit.replace(p_value=None))
    with pytest.raises(InputError, match="`style` must be one of"):
        pylimma.volcanoplot(fit, style="q")
    with pytest.raises(InputError, match="`fdr` must lie between 0 and 1"):
        pylimma.volcanoplot(fit, fdr=5)
    with pytest.raises(UnknownNameError):
        pylimma.volcanoplot(fit, coef="nothing")
    with pytest.raises(InputError, match="`highlight` must be at least 0"):
        pylimma.volcanoplot(fit, highlight=-1)
