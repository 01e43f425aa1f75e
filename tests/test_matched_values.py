"""Values that belong together are matched by name in functions of plain vectors too."""

import numpy as np
import pandas as pd
import pytest
from test_names import (
    BATCH,
    BOTH,
    BY_GENE,
    BY_SAMPLE,
    DESIGN,
    FIT,
    GENES,
    SYMBOLS,
    P,
    Y,
    drawn,
    renamed,
    same,
    shuffled,
)

import pylimma as pl
from pylimma.errors import InputError, InputWarning, UnknownNameError

RNG = np.random.default_rng(8)
T = pd.DataFrame(FIT["t"], P.index, P.columns)
VARIANCES = pd.Series(RNG.chisquare(4, 40) / 4, GENES)
DF = pd.Series(RNG.integers(3, 9, 40).astype(float), GENES)
GROUP_OF_GENES = pd.Series(["x", "y", "z", "x"] * 10, GENES)

# What is matched, and the call.
CASES = {
    "modify_weights(status)": (
        GROUP_OF_GENES,
        lambda v: pl.modify_weights(BOTH, v, ["x"], [2.0]),
    ),
    "squeeze_var(df)": (DF, lambda v: pl.squeeze_var(VARIANCES, v).var_post),
    "squeeze_var(covariate)": (
        BY_GENE,
        lambda v: pl.squeeze_var(VARIANCES, 4, covariate=v).var_post,
    ),
    "fit_f_dist(df1)": (DF, lambda v: pl.fit_f_dist(VARIANCES, v).scale),
    "fit_f_dist(covariate)": (BY_GENE, lambda v: pl.fit_f_dist(VARIANCES, 4, v).scale),
    "fit_f_dist_robustly(df1)": (
        DF,
        lambda v: pl.fit_f_dist_robustly(VARIANCES, v).df2_shrunk,
    ),
    "fit_f_dist_robustly(covariate)": (
        BY_GENE,
        lambda v: pl.fit_f_dist_robustly(VARIANCES, 4, v).scale,
    ),
    "fit_f_dist_unequal_df1(df1)": (
        DF,
        lambda v: pl.fit_f_dist_unequal_df1(VARIANCES, v).scale,
    ),
    "fit_f_dist_unequal_df1(covariate)": (
        BY_GENE,
        lambda v: pl.fit_f_dist_unequal_df1(VARIANCES, DF, v).scale,
    ),
    "fit_f_dist_unequal_df1(prior_weights)": (
        BY_GENE,
        lambda v: pl.fit_f_dist_unequal_df1(VARIANCES, DF, prior_weights=v).scale,
    ),
    "fit_gamma_intercept(offset)": (
        BY_GENE,
        lambda v: pl.fit_gamma_intercept(VARIANCES + 3, v),
    ),
    "tmixture_vector(stdev_unscaled)": (
        BY_GENE,
        lambda v: pl.tmixture_vector(VARIANCES, v, DF, 0.2),
    ),
    "tmixture_vector(df)": (DF, lambda v: pl.tmixture_vector(VARIANCES, 0.5, v, 0.2)),
    "tmixture_matrix(df)": (DF, lambda v: pl.tmixture_matrix(T, T.abs(), v, 0.2)),
    "select_model(s2_true)": (
        BY_GENE,
        lambda v: pl.select_model(Y, [DESIGN, DESIGN.iloc[:, :1]], "mallowscp", s2_true=v).IC,
    ),
    "rldf(var_prior)": (
        BY_GENE,
        lambda v: pl.rldf(Y, DESIGN, var_prior=v, df_prior=5).training,
    ),
    "rldf(df_prior)": (
        DF,
        lambda v: pl.rldf(Y, DESIGN, var_prior=1.0, df_prior=v).training,
    ),
    "classify_tests_f(df)": (DF, lambda v: pl.classify_tests_f(T, df=v, p_value=0.5).values),
    "decide_tests(genewise_p_value)": (
        P["groupb"],
        lambda v: pl.decide_tests(P, "hierarchical", p_value=0.9, genewise_p_value=v).values,
    ),
    "pool_var(df)": (DF, lambda v: pl.pool_var(VARIANCES, v, multiplier=BY_GENE).df),
    "pool_var(multiplier)": (BY_GENE, lambda v: pl.pool_var(VARIANCES, DF, multiplier=v).var),
    "pool_var(n)": (DF, lambda v: pl.pool_var(VARIANCES, n=v).var),
    "au_roc(stat)": (VARIANCES, lambda v: pl.au_roc(BY_GENE > 1, v)),
    "weighted_median(w)": (BY_GENE, lambda v: pl.weighted_median(VARIANCES, v)),
    "bwss(group)": (GROUP_OF_GENES, lambda v: pl.bwss(VARIANCES, v).bss),
    "zscore(df)": (DF, lambda v: pl.zscore(VARIANCES, "t", df=v)),
    "zscore_t(df)": (DF, lambda v: pl.zscore_t(VARIANCES, v)),
    "zscore_gamma(shape)": (DF, lambda v: pl.zscore_gamma(VARIANCES, v)),
    "lm_series(weights)": (BY_GENE, lambda v: pl.lm_series(Y, DESIGN, weights=v)["sigma"]),
    "lm_series(weights, matrix)": (
        BOTH,
        lambda v: pl.lm_series(Y, DESIGN, weights=v)["sigma"],
    ),
    "plot_with_highlights(y)": (
        BY_GENE,
        lambda v: drawn(pl.plot_with_highlights, VARIANCES, v),
    ),
    "plot_with_highlights(status)": (
        GROUP_OF_GENES,
        lambda v: drawn(pl.plot_with_highlights, VARIANCES, BY_GENE, v),
    ),
    "plot_with_highlights(labels)": (
        SYMBOLS,
        lambda v: drawn(pl.plot_with_highlights, VARIANCES, BY_GENE, labels=v, top=[1, 2, 3]),
    ),
    "fitmixture(mixprop)": (
        BY_SAMPLE.rank() / 9,
        lambda v: pl.fitmixture(Y.head(3), v).A,
    ),
    "lm_series(design)": (DESIGN, lambda v: pl.lm_series(Y, v)["coefficients"]),
    "mrlm(design)": (DESIGN, lambda v: pl.mrlm(Y, v)["coefficients"]),
    "gls_series(design)": (
        DESIGN,
        lambda v: pl.gls_series(Y, v, block=BATCH, correlation=0.1)["coefficients"],
    ),
    "gls_series(block)": (
        BATCH,
        lambda v: pl.gls_series(Y, DESIGN, block=v, correlation=0.1)["stdev_unscaled"],
    ),
    "tmixture_matrix(stdev_unscaled)": (
        (BOTH.iloc[:, :2]).set_axis(P.columns, axis=1),
        lambda v: pl.tmixture_matrix(T, v, DF, 0.2),
    ),
}


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
@pytest.mark.parametrize(("value", "call"), CASES.values(), ids=list(CASES))
def test_order_does_not_matter_and_other_names_are_refused(value, call):
    assert same(call(value), call(shuffled(value)))
    with pytest.raises(UnknownNameError, match=r"missing: '[gs]1'; not in the data: 'z[gs]1'"):
        call(renamed(value))


@pytest.mark.parametrize("smoother", [pl.loess_fit, pl.lowess, pl.weighted_lowess])
def test_points_that_are_labelled_otherwise_are_not_paired(smoother):
    with pytest.raises(InputError, match="different labels, and points are paired by position"):
        smoother(VARIANCES, shuffled(BY_GENE))
    smoother(VARIANCES, BY_GENE.reset_index(drop=True))


def test_the_weights_of_a_contrast_are_matched_to_its_names():
    weights = pd.Series({"b": 1.0, "a": -1.0})
    assert "higher in b than in a" in pl.describe_contrast(weights, ["a", "b"])


def test_rows_of_a_contrast_that_are_no_columns_of_the_design_are_warned_of():
    with pytest.warns(InputWarning, match="rows are used in their order"):
        pl.contrast_as_coef(DESIGN, pd.Series([0.0, 1], index=["u", "v"]))


def test_correlations_of_tests_are_matched_by_name():
    correlation = pd.DataFrame([[1, 0.4], [0.4, 1]], P.columns, P.columns)
    one, other = (
        pl.classify_tests_f(T, c, fstat_only=True) for c in (correlation, correlation.iloc[::-1])
    )
    np.testing.assert_array_equal(one, other)
