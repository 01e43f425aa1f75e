"""Points and lines of mean-variance plots."""

import numpy as np
import pytest
from plotting_checks import legend_texts, offsets

import pylimma
from pylimma.draw import draw
from pylimma.errors import InputTypeError, StageError

X = np.array([3.0, 1.0, 2.0])
Y = np.array([0.3, 0.9, 0.5])


def test_the_trend_is_drawn_through_the_points():
    ax = draw("voom_trend", x=X, y=Y, line_x=X, line_y=Y)
    np.testing.assert_array_equal(offsets(ax.collections[0]), np.c_[X, Y])
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[1, 0.9], [2, 0.5], [3, 0.3]])


def test_an_earlier_trend_is_drawn_dashed():
    ax = draw("voom_trend", x=X, y=Y, line_x=X, line_y=Y, first_line=(X, Y + 1))
    assert [line.get_linestyle() for line in ax.lines] == ["--", "-"]
    assert legend_texts(ax) == ["first pass", "final"]


def test_each_group_has_its_trend():
    ax = draw(
        "group_trends", points={"a": (X, Y), "b": (X, 2 * Y)}, lines={"a": (X, Y), "b": (X, Y)}
    )
    assert legend_texts(ax) == ["a", "b"]
    assert len(ax.collections) == 2


def test_roots_of_sigma_and_the_prior_are_drawn(fit):
    ax = pylimma.plot_sa(fit)
    shown = offsets(ax.collections[0])
    np.testing.assert_array_equal(shown[:, 0], fit["Amean"])
    np.testing.assert_allclose(shown[:, 1], fit["sigma"] ** 0.5)
    assert ax.lines[0].get_ydata()[0] == pytest.approx(1.21**0.25)


def test_a_prior_trend_is_drawn_in_the_order_of_expression(fit):
    prior = np.linspace(0.5, 2, 60)
    ax = pylimma.plot_sa(fit.replace(s2_prior=prior))
    order = np.argsort(fit["Amean"])
    np.testing.assert_allclose(ax.lines[0].get_xdata(), fit["Amean"][order])
    np.testing.assert_allclose(ax.lines[0].get_ydata(), prior[order] ** 0.25)


def test_genes_beyond_a_robust_prior_are_marked(fit):
    sigma = np.full(60, 1.1)
    sigma[7] = 30.0
    ax = pylimma.plot_sa(fit.replace(sigma=sigma, df_prior=np.full(60, 8.0)))
    assert legend_texts(ax) == ["prior", "outlier (1)", "other (59)"]
    np.testing.assert_allclose(offsets(ax.collections[1]), [[fit["Amean"][7], 30.0**0.5]])


def test_genes_without_weight_or_residual_df_are_hidden(fit):
    weights = np.ones((60, 4))
    weights[0] = 0
    df = np.full(60, 4.0)
    df[1] = 0
    hollow = fit.replace(weights=weights, df_residual=df)
    shown = offsets(pylimma.plot_sa(hollow).collections[0])
    assert np.isnan(shown[:2, 1]).all()
    assert np.isfinite(shown[2:]).all()
    shown = offsets(pylimma.plot_sa(hollow, zero_weights=True).collections[0])
    assert np.isfinite(shown).all()


def test_a_fit_before_moderation_has_no_prior_to_draw(fit):
    assert len(pylimma.plot_sa(fit.replace(s2_prior=None, df_prior=None)).lines) == 0


def test_what_is_no_fit_is_refused(fit):
    with pytest.raises(InputTypeError, match="needs a fit"):
        pylimma.plot_sa(X)
    with pytest.raises(StageError, match="needs a fit with 'Amean'"):
        pylimma.plot_sa(fit.replace(Amean=None))


def test_shares_of_surrogates_are_counted_from_one():
    ax = draw("surrogate_variance", proportion=np.array([0.5, 0.2]))
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[1, 0.5], [2, 0.2]])


def test_ticks_stand_at_the_genes_of_a_set():
    ax = draw(
        "set_trend", covariate_rank=np.array([2.0, 1, 3]), probability=np.ones(3), index=[0, 2]
    )
    assert [segment[0][0] for segment in ax.collections[0].get_segments()] == [2.0, 3.0]
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [1, 2, 3])
