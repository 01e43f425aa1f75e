"""Sample weights of log-expression, as users call them."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputTypeError, InputWarning, Note, ShapeError, StageError

RNG = np.random.default_rng(7)
SPREAD = np.array([1, 1, 1, 2.5, 1, 0.6, 1, 1])
Y = pd.DataFrame(
    RNG.normal(8, 1, (300, 1)) + RNG.normal(size=(300, 8)) * SPREAD,
    index=[f"g{k}" for k in range(300)],
    columns=[f"s{k}" for k in range(8)],
)
DESIGN = pd.DataFrame({"all": 1.0, "treated": [0, 0, 0, 0, 1, 1, 1, 1]}, index=Y.columns)
WEIGHTS = RNG.uniform(0.5, 2, Y.shape)
METHODS = ("genebygene", "reml")


@pytest.mark.parametrize("method", METHODS)
def test_weights_are_the_inverse_variances_of_the_samples(method):
    found = pylimma.array_weights(Y, DESIGN, method=method)
    expected = SPREAD**-2.0
    expected /= np.exp(np.log(expected).mean())
    np.testing.assert_allclose(found, expected, rtol=0.35)
    assert np.log(found).sum() == pytest.approx(0, abs=1e-12)
    assert list(found.index) == list(Y.columns)


@pytest.mark.parametrize("method", METHODS)
def test_a_common_factor_of_the_weights_of_a_gene_changes_nothing(method):
    factor = RNG.uniform(0.1, 10, (len(Y), 1))
    found = pylimma.array_weights(Y, DESIGN, WEIGHTS, method=method)
    scaled = pylimma.array_weights(Y, DESIGN, WEIGHTS * factor, method=method)
    np.testing.assert_allclose(scaled, found, rtol=1e-9)


def test_unit_weights_equal_none():
    found = pylimma.array_weights(Y, DESIGN, method="genebygene")
    ones = pylimma.array_weights(Y, DESIGN, np.ones(Y.shape), method="genebygene")
    np.testing.assert_allclose(ones, found, rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_samples_in_another_order_get_the_same_weights(method):
    order = RNG.permutation(Y.columns)
    found = pylimma.array_weights(Y, DESIGN, method=method)
    other = pylimma.array_weights(Y[order], DESIGN, method=method)
    np.testing.assert_allclose(other[Y.columns], found, rtol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_samples_of_a_variance_group_share_their_weight(method):
    group = ["x", "x", "y", "y", "x", "x", "y", "z"]
    found = pylimma.array_weights(Y, DESIGN, var_group=group, method=method)
    assert found.groupby(group).nunique().eq(1).all()
    assert found.nunique() == 3


def test_an_intercept_of_the_variance_design_has_no_effect():
    batch = np.array([0.0, 0, 1, 1, 0, 0, 1, 1])
    found = pylimma.array_weights(Y, DESIGN, var_design=batch)
    with_intercept = pylimma.array_weights(
        Y, DESIGN, var_design=np.column_stack([np.ones(8), batch])
    )
    np.testing.assert_allclose(with_intercept, found, rtol=1e-10)


def test_formulas_speak_of_the_table_of_samples():
    table = pd.DataFrame(
        {"dose": list("aaaabbbb"), "batch": list("xyxyxyxy")}, index=Y.columns
    ).iloc[::-1]
    found = pylimma.array_weights(Y, "~ dose", var_design="~ batch", samples=table)
    batch = np.array([0.0, 1] * 4)
    np.testing.assert_allclose(found, pylimma.array_weights(Y, DESIGN, var_design=batch))


def test_weights_stored_with_the_data_are_used_and_a_stored_design_is_not():
    data = pylimma.EList(E=Y, weights=WEIGHTS, design=DESIGN)
    with pytest.warns(Note, match="does not use the design stored with the data"):
        found = pylimma.array_weights(data)
    np.testing.assert_array_equal(found, pylimma.array_weights(Y, weights=WEIGHTS))


def test_automatic_method_is_one_pass_where_values_are_missing():
    holed = Y.mask(RNG.random(Y.shape) < 0.05)
    found = pylimma.array_weights(holed, DESIGN)
    np.testing.assert_array_equal(found, pylimma.array_weights(holed, DESIGN, method="genebygene"))


@pytest.mark.parametrize(
    ("data", "design"), [(Y.iloc[:1], DESIGN), (Y, np.eye(8)[:, :7])], ids=["one gene", "one df"]
)
def test_weights_are_one_where_the_data_cannot_tell(data, design):
    assert (pylimma.array_weights(data, design) == 1).all()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"method": "ml"}, InputError, r"`method` must be one of 'auto', 'genebygene', 'reml'"),
        ({"prior_n": -1}, InputError, "`prior_n` must be finite and at least 0; got -1"),
        ({"maxiter": 0}, InputError, "`maxiter` must be at least 1"),
        ({"tol": 0}, InputError, "`tol` must be above 0"),
        ({"var_group": list("aaaaaaaa")}, InputError, "at least two groups"),
        ({"var_group": [None, *"abababa"]}, InputError, "`var_group` is missing for samples 's0'"),
        ({"var_group": list("ab")}, ShapeError, "`var_group` has 2 values; there are 8 samples"),
        ({"var_design": np.ones((3, 1))}, ShapeError, "3 rows"),
        ({"weights": np.ones((2, 2))}, ShapeError, "allowed are"),
        ({"weights": np.where(WEIGHTS < 0.6, np.nan, 1)}, InputError, "missing, negative or inf"),
    ],
)
def test_what_cannot_be_used_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        pylimma.array_weights(Y, DESIGN, **options)


@pytest.mark.parametrize("bad", [-1.0, np.inf])
@pytest.mark.filterwarnings("ignore:.*negative or infinite:pylimma.errors.InputWarning")
def test_negative_and_infinite_weights_are_refused(bad):
    weights = WEIGHTS.copy()
    weights[3, 2] = bad
    with pytest.raises(InputError, match="1 missing, negative or infinite"):
        pylimma.array_weights(Y, DESIGN, weights)


def test_quick_weights_are_inverse_mean_squares_of_standardised_residuals():
    fit = pylimma.lm_fit(Y, DESIGN)
    found = pylimma.array_weights_quick(Y, fit)
    x = DESIGN.to_numpy()
    hat = x @ np.linalg.pinv(x)
    residuals = Y.to_numpy() @ (np.eye(8) - hat)
    sigma2 = (residuals**2).sum(axis=1) / 6
    standard = residuals**2 / sigma2[:, None] / (1 - np.diag(hat))
    np.testing.assert_allclose(found, 1 / standard.mean(axis=0), rtol=1e-12)
    assert list(found.index) == list(Y.columns)


def test_quick_weights_need_a_fit_of_the_same_genes_before_contrasts():
    fit = pylimma.lm_fit(Y, DESIGN)
    with pytest.raises(InputTypeError, match="`fit` must be an MArrayLM"):
        pylimma.array_weights_quick(Y, DESIGN)
    with pytest.raises(StageError, match="before `contrasts_fit`"):
        pylimma.array_weights_quick(Y, pylimma.contrasts_fit(fit, [0, 1]))
    shuffled = pylimma.array_weights_quick(Y.iloc[::-1, ::-1], fit)
    pd.testing.assert_series_equal(shuffled, pylimma.array_weights_quick(Y, fit))
    with pytest.warns(InputWarning, match="not taken into account"):
        pylimma.array_weights_quick(pylimma.EList(E=Y, weights=WEIGHTS), fit)
