from __future__ import annotations

import inspect

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pylimma import (
    e_bayes,
    fit_f_dist,
    fit_f_dist_robustly,
    fit_f_dist_unequal_df1,
    squeeze_var,
)
from pylimma.errors import (
    EstimationWarning,
    InputError,
    InputTypeError,
    InputWarning,
    ShapeError,
)
from pylimma.moderation.squeeze_var import posterior_variance

FITS = [fit_f_dist, fit_f_dist_robustly, fit_f_dist_unequal_df1]


@pytest.fixture
def s2():
    return 0.5 * np.random.default_rng(11).f(4, 10, size=300)


def test_posterior_variances_lie_between_the_gene_and_the_prior(s2):
    squeezed = squeeze_var(s2, 4)
    low, high = np.minimum(s2, squeezed.var_prior), np.maximum(s2, squeezed.var_prior)
    assert np.all((squeezed.var_post >= low) & (squeezed.var_post <= high))
    assert_allclose(
        squeezed.var_post,
        (4 * s2 + squeezed.df_prior * squeezed.var_prior) / (4 + squeezed.df_prior),
    )


def test_squeeze_var_returns_the_prior_when_df_prior_is_infinite():
    post = posterior_variance(np.array([1.0, 9.0]), np.array([3.0, 3.0]), 2.0, np.inf)
    assert_allclose(post, 2.0)
    mixed = posterior_variance(
        np.array([1.0, 9.0]), np.array([3.0, 3.0]), 2.0, np.array([np.inf, 1])
    )
    assert_allclose(mixed, [2.0, 29 / 4])


def test_equal_df_are_fitted_by_moments_and_unequal_ones_by_likelihood(s2):
    df = np.full(300, 4.0)
    assert squeeze_var(s2, df).df_prior == fit_f_dist(s2, 4).df2
    df[0] = 5
    assert squeeze_var(s2, df).df_prior == fit_f_dist_unequal_df1(s2, df).df2
    assert squeeze_var(s2, df, legacy=True).df_prior == fit_f_dist(s2, df).df2
    assert squeeze_var(s2, 4, span=0.5).df_prior == fit_f_dist_unequal_df1(s2, 4).df2


def test_genes_without_degrees_of_freedom_get_the_prior(s2):
    df = np.full(300, 4.0)
    df[:2], s2[:2] = 0, [np.nan, 8.0]
    squeezed = squeeze_var(s2, df)
    assert_allclose(squeezed.var_post[:2], squeezed.var_prior)
    assert_allclose(squeezed.df_prior, fit_f_dist(s2[2:], 4).df2)


def test_a_covariate_makes_the_prior_a_curve(s2):
    squeezed = squeeze_var(s2, 4, covariate=np.arange(300))
    assert squeezed.var_prior.shape == (300,)
    assert np.ndim(squeezed.df_prior) == 0


def test_robustness_gives_every_gene_its_prior_df(s2):
    s2[0] = 1e5
    squeezed = squeeze_var(s2, 4, robust=True)
    assert squeezed.df_prior.shape == (300,)
    assert squeezed.df_prior[0] == squeezed.df_prior.min()


def test_infinite_covariates_lie_one_beyond_the_others(s2):
    covariate = np.arange(300.0)
    covariate[[0, 299]] = [-np.inf, np.inf]
    clipped = np.clip(covariate, 0, 299)
    for fit in FITS:
        assert_allclose(fit(s2, 4, covariate).scale, fit(s2, 4, clipped).scale)


def test_two_variances_are_left_as_they_are():
    squeezed = squeeze_var([0.5, 0.7], 3)
    assert squeezed.df_prior == 0
    assert_allclose(squeezed.var_post, [0.5, 0.7])


@pytest.mark.parametrize("fit", FITS)
def test_unusable_values_are_left_out_with_a_warning(fit, s2):
    odd = np.append(s2, [np.inf, -1.0])
    with pytest.warns(InputWarning, match="infinite|negative"):
        result = fit(odd, 4)
    assert_allclose([result.scale, result.df2], [fit(s2, 4).scale, fit(s2, 4).df2])
    with pytest.warns(InputWarning, match="`df1` has 1 values"):
        fit(s2, np.append(np.full(299, 4.0), np.nan))


# limma 3.68.5: squeezeVar(v, 4) of 30 variances, spread evenly on a log scale from e^-2 to e^2, of
# which 0, 1, ..., 29 are zero.
R_DF_PRIOR = [
    3.28500137350367,
    0.974637089047759,
    0.697581312098283,
    0.575365807208451,
    0.504140621504493,
    0.457040145406039,
    0.423663792067044,
    0.399062020986099,
    0.378537915810629,
    0.356224463806831,
    0.338351187008601,
    0.324043235342787,
    0.312720897930331,
    0.304009070675529,
    0.297688609210386,
    0.281672519787205,
    0.342967224166959,
    0.341802499695549,
    0.342268645939004,
    0.344511267981824,
    0.348769842119601,
    0.355416008607519,
    0.365020865537982,
    0.378477684248339,
    0.397239994533228,
    0.423825863609793,
    0.463024895695662,
    0.525349562122051,
    0.6401677227492,
    0.944555760179869,
]
R_VAR_PRIOR = [
    0.938054521076191,
    0.257870992366165,
    0.100071876780837,
    0.0440828453895966,
    0.0209218711375519,
    0.0104618733342784,
    0.00544756171371687,
    0.00293376152030683,
    0.00156264246166804,
    0.000730786868062297,
    0.000341840729341825,
    0.000160217968985634,
    7.5410361755936e-05,
    3.5742778943021e-05,
    1.71174074238978e-05,
    4.85142054815589e-06,
    3.84058602607066e-05,
    2.71149790512776e-05,
    1.94318260660722e-05,
    1.41626371765411e-05,
    1.05224888074268e-05,
    7.99271457402025e-06,
    6.22951080774011e-06,
    5.00538217572239e-06,
    4.17215953381435e-06,
    3.63919705229453e-06,
    3.36483622625122e-06,
    3.36733122031536e-06,
    3.79223675312992e-06,
    5.29318817301568e-06,
]


def thirty_variances(n_zero):
    x = np.exp(np.linspace(-2, 2, 30))
    x = np.concatenate([x[::2], x[1::2]])
    x[:n_zero] = 0
    return x


@pytest.mark.filterwarnings("ignore::pylimma.errors.EstimationWarning")
@pytest.mark.parametrize("n_zero", range(30))
def test_variances_of_zero_lower_the_prior_as_in_r(n_zero):
    squeezed = squeeze_var(thirty_variances(n_zero), 4)
    assert_allclose(squeezed.df_prior, R_DF_PRIOR[n_zero], rtol=1e-10)
    assert_allclose(squeezed.var_prior, R_VAR_PRIOR[n_zero], rtol=1e-10)


@pytest.mark.filterwarnings("ignore::pylimma.errors.EstimationWarning")
def test_zeros_lower_the_prior_on_unequal_degrees_of_freedom_as_in_r():
    df = np.tile([4.0, 3.0], 15)
    found = [squeeze_var(thirty_variances(n), df, compat="3.68") for n in (0, 1, 5, 16, 28)]
    expected = [3.503045236, 2.17566714, 2.000594463, 2.000456978, 2.00064066]
    assert_allclose([prior.df_prior for prior in found], expected, rtol=1e-9)
    default = [squeeze_var(thirty_variances(n), df) for n in (0, 1, 5, 16, 28)]
    assert_allclose([prior.df_prior for prior in default[:4]], expected[:4], rtol=1e-9)


@pytest.mark.filterwarnings("ignore::pylimma.errors.EstimationWarning")
@pytest.mark.parametrize("unit", [1e-8, 1e-20])
def test_zeros_do_not_hide_the_variances_of_a_small_unit(unit):
    squeezed = squeeze_var(unit * thirty_variances(20), 4)
    assert_allclose(squeezed.df_prior, R_DF_PRIOR[20], rtol=0.1)
    assert squeezed.var_post[25] > 0.3 * unit * thirty_variances(0)[25]


def test_zero_variances_are_counted_with_what_to_do():
    with pytest.warns(EstimationWarning, match=r"3 genes .* lower the prior .* `robust=True`"):
        squeeze_var(thirty_variances(3), 4)
    with pytest.warns(EstimationWarning, match=r"More than half .* 16 of 30, .* filter"):
        squeeze_var(thirty_variances(16), 4)
    with pytest.warns(EstimationWarning, match=r"1 genes .* from the prior alone"):
        squeeze_var(thirty_variances(1), 4, robust=True)


@pytest.mark.parametrize("df", [4, np.tile([4.0, 3.0], 15)])
@pytest.mark.parametrize("robust", [False, True])
@pytest.mark.filterwarnings("ignore::pylimma.errors.EstimationWarning")
def test_variances_that_are_all_zero_are_refused(df, robust):
    with pytest.raises(InputError, match="All variances `var` are zero"):
        squeeze_var(np.zeros(30), df, robust=robust)


@pytest.mark.parametrize("missing", [False, True])
def test_a_constant_covariate_changes_nothing(missing):
    # limma 3.68.5: fitFDist(x, 4, covariate=rep(5, 10)): 0.274, or 0.2766667 with x[3] missing
    x = np.array([0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.28, 0.33, 0.22, 0.31])
    if missing:
        x[2] = np.nan
    with_covariate = fit_f_dist(x, 4, np.full(10, 5.0))
    assert_allclose(with_covariate.scale, np.full(10, 0.83 / 3 if missing else 0.274))
    assert with_covariate.df2 == fit_f_dist(x, 4).df2 == np.inf


@pytest.mark.parametrize("true_df", [0.3, 0.5, 1.0, 1.5, 3.0, 20.0])
def test_the_likelihood_finds_degrees_of_freedom_below_two(true_df):
    rng = np.random.default_rng(3)
    df1 = rng.integers(2, 8, 5000).astype(float)
    x = 0.3 * rng.f(df1, true_df)
    fit = fit_f_dist_unequal_df1(x, df1)
    assert_allclose(fit.df2, true_df, rtol=0.1)
    assert_allclose(fit.scale, 0.3, rtol=0.2)
    older = fit_f_dist_unequal_df1(x, df1, compat="3.68")
    assert 2 <= older.df2 < 8135
    assert (older.df2 == fit.df2) == (true_df > 2)


def test_a_prior_without_variation_is_as_good_as_infinite():
    df1 = np.tile([2.0, 3.0, 6.0], 50)
    x = np.random.default_rng(4).permutation(np.linspace(0.9, 1.1, 150))
    assert fit_f_dist_unequal_df1(x, df1).df2 == pytest.approx(8134.84, abs=0.01)
    assert_allclose(fit_f_dist_unequal_df1(x, df1, compat="3.68").df2, 8134.84, rtol=1e-4)
    squeezed = squeeze_var(x, df1)
    d0, s0 = squeezed.df_prior, squeezed.var_prior
    assert_allclose(squeezed.var_post, (d0 * s0 + df1 * x) / (d0 + df1))
    x[7] = 1e4
    outlier = squeeze_var(x, df1, robust=True)
    assert np.isfinite(outlier.df_prior[7])
    assert outlier.df_prior[7] == outlier.df_prior.min() < 10
    assert not np.isnan(outlier.var_post).any()


def test_only_known_releases_are_compatible():
    with pytest.raises(InputError, match=r"`compat` must be None or '3\.68'; got '3\.50'"):
        squeeze_var([1.0, 2, 3], 4, compat="3.50")


def test_mostly_zero_variances_have_no_robust_scale():
    with pytest.raises(InputError, match="More than half"):
        fit_f_dist_robustly([0, 0, 0, 1.0], 3)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"var": []}, InputError, "`var` is empty"),
        ({"var": ["a"] * 5}, InputTypeError, "`var` must be real numbers"),
        ({"var": np.ones((2, 2))}, ShapeError, r"`var` has shape \(2, 2\); a vector"),
        ({"df": [1, 2]}, ShapeError, "`df` has 2 values and there are 5 variances"),
        ({"df": np.inf}, InputError, "`df` must be finite"),
        ({"df": 0.0}, InputError, "prior of the variances cannot be estimated"),
        ({"covariate": [1, 2]}, ShapeError, "`covariate` has 2 values"),
        ({"covariate": [1, 2, 3, 4, np.nan]}, InputError, "`covariate` has 1 missing"),
        ({"winsor_tail_p": (0.1, 0.6)}, InputError, "`winsor_tail_p` must be"),
        ({"winsor_tail_p": (0.1, 0.1, 0.1)}, InputError, "`winsor_tail_p` must be"),
        ({"span": 0}, InputError, "`span` must be above 0"),
    ],
)
def test_what_cannot_be_used_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        squeeze_var(**{"var": [1.0, 2, 3, 4, 5], "df": 3, **arguments})


def test_negative_prior_weights_are_refused():
    with pytest.raises(InputError, match="`prior_weights`"):
        fit_f_dist_unequal_df1([1.0, 2, 3], 3, prior_weights=[1, -1, 1])


@pytest.mark.parametrize(
    ("function", "position"),
    [(e_bayes, 4), (squeeze_var, 3), (fit_f_dist_unequal_df1, 3)],
    ids=["e_bayes", "squeeze_var", "fit_f_dist_unequal_df1"],
)
def test_the_span_stands_where_r_has_it(function, position):
    assert list(inspect.signature(function).parameters).index("span") == position
