"""Values whose squares overflow or underflow: the right number, or an error that names them."""

import numpy as np
import pytest

import pylimma as pl
from pylimma.errors import DesignError, InputError
from pylimma.numerics.smoothing.kernel_density import normal_reference_bandwidth

Y = np.random.default_rng(1).normal(size=(30, 8))
DESIGN = np.column_stack([np.ones(8), [0, 1] * 4])
EXTREME = [2.0**-530, 2.0**530]


@pytest.mark.parametrize("unit", EXTREME)
def test_units_do_not_matter(unit):
    np.testing.assert_allclose(pl.wsva(Y * unit, DESIGN), pl.wsva(Y, DESIGN), rtol=1e-9)
    x = np.arange(9.0)
    smooth = pl.weighted_lowess(x * unit, x**2).fitted
    np.testing.assert_array_equal(smooth, pl.weighted_lowess(x, x**2).fitted)
    assert not pl.non_estimable(DESIGN * unit)
    assert len(pl.non_estimable(np.column_stack([DESIGN, DESIGN[:, 1] * unit]))) == 1
    assert normal_reference_bandwidth(x * unit) == normal_reference_bandwidth(x) * unit
    pooled = pl.pool_var(np.array([1.0, 2.0]) * unit, n=[3, 4])
    assert pooled.df == pl.pool_var([1.0, 2.0], n=[3, 4]).df


def test_sums_of_squares_are_exact_until_they_are_infinite():
    x = np.array([1.0, 3.0, 5.0])
    assert pl.bwss(x * 2.0**500, list("aab")).bss == 6 * 2.0**1000
    assert pl.bwss(x * 2.0**600, list("aab")).bss == np.inf
    with pytest.raises(InputError, match="`x` has 1 infinite values"):
        pl.bwss([1, np.inf, 2], list("aab"))


@pytest.mark.parametrize("unit", EXTREME)
def test_an_extreme_column_of_the_design_is_named(unit):
    with pytest.raises(DesignError, match="too extreme to compute with"):
        pl.lm_fit(Y, DESIGN * [1, unit])


def test_a_probe_without_beads_has_no_weight():
    beads = np.full((5, 4), 20.0)
    beads[0] = 0
    x = np.full((5, 4), 500.0)
    found = pl.bead_count_weights(Y[:5, :4], x, bead_stdev=0.3 * x, nbeads=beads).weights
    assert (found[0] == 0).all()
    np.testing.assert_allclose(found[1:].mean(axis=1), 1)


def test_masked_labels_are_missing():
    labels = np.ma.array(list("abab"), mask=[0, 1, 0, 0])
    assert pl.bwss([1.0, 2, 3, 4], labels).bdf == 1


@pytest.mark.parametrize("unit", EXTREME)
def test_smoothers_do_not_depend_on_the_unit_of_x(unit):
    x, y = np.arange(40.0), np.sin(np.arange(40.0))
    np.testing.assert_array_equal(pl.lowess(x * unit, y).y, pl.lowess(x, y).y)
    weights = np.linspace(1, 2, 40)
    for w in (None, weights):
        np.testing.assert_array_equal(
            pl.loess_fit(y, x * unit, w).fitted, pl.loess_fit(y, x, w).fitted
        )


@pytest.mark.parametrize(
    "call",
    [
        pl.mds,
        lambda y: pl.vooma(y, DESIGN),
        lambda y: pl.vooma_lm_fit(y, DESIGN),
        lambda y: pl.vooma_by_group(y, DESIGN[:, 1]),
        lambda y: pl.select_model(y, {"a": DESIGN}),
        lambda y: pl.rldf(y, DESIGN),
        pl.coolmap,
        lambda y: pl.bead_count_weights(y, y, bead_stdev=abs(y), nbeads=np.full(y.shape, 9)),
    ],
)
@pytest.mark.parametrize("largest", [1e155, 1e300])
def test_what_squares_the_values_refuses_those_without_a_square(call, largest):
    with pytest.raises(InputError, match=r"values of size .*, whose squares are no numbers"):
        call(Y * largest)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pl.voom(np.full((9, 4), 1e160)), "values up to 1e[+]160, which are no counts"),
        (lambda: pl.cpm(np.ones((9, 4)), offset=np.full(4, 1e3)), "natural logarithms"),
        (lambda: pl.fitmixture(np.full((2, 4), 1e160), [0, 0.2, 0.4, 1]), "give log2 expression"),
        (lambda: pl.contrasts_fit(pl.lm_fit(Y, DESIGN), [0, 1e160]), "too extreme to use"),
        (lambda: pl.lm_series(Y, DESIGN * 1e-160), "too extreme to compute with"),
        (lambda: pl.mrlm(Y, DESIGN * 1e-160), "too extreme to compute with"),
        (lambda: pl.gls_series(Y, DESIGN * 1e160, ndups=1), "too extreme to compute with"),
    ],
)
def test_values_that_no_such_argument_can_have_are_refused(call, message):
    with pytest.raises((InputError, DesignError), match=message):
        call()


def test_statistics_without_a_square_are_significant():
    t = np.array([[1e160, 0.1], [0.1, -1e200]])
    assert np.asarray(pl.classify_tests_f(t)).tolist() == [[1, 0], [0, -1]]
    assert pl.tmixture_vector(t[0], [1.0, 1.0], [9.0, 9.0], 0.5, (0.1, 4.0)) <= 4.0
