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


def test_mostly_zero_variances_are_warned_about():
    with pytest.warns(EstimationWarning, match="More than half"):
        squeeze_var([0, 0, 0, 1.0], 3)
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
