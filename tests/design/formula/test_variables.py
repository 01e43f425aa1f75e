"""The values of variables and the arguments of their calls."""

import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.design.formula.levels import Factor
from pylimma.design.formula.parser import parse_arithmetic
from pylimma.design.formula.variables import Evaluator, names_in
from pylimma.errors import DesignError

COLUMNS = {
    "x": np.array([1.0, 4.0, 2.0, 8.0]),
    "g": Factor(np.array([0, 1, 1, 0]), ("a", "b")),
    "flag": Factor(np.array([0, 1, 1, 0]), ("FALSE", "TRUE"), logical=True),
}


def value(text, memory=None):
    return Evaluator(COLUMNS, 4, {} if memory is None else memory).value(parse_arithmetic(text))


@pytest.mark.parametrize(
    ("text", "truths"),
    [
        ("x > 2", [0, 1, 0, 1]),
        ("g == 'a'", [1, 0, 0, 1]),
        ("g != 'a'", [0, 1, 1, 0]),
        ("!flag", [1, 0, 0, 1]),
        ("(x >= 2) & flag", [0, 1, 1, 0]),
        ("x < 2 | x == 8", [1, 0, 0, 1]),
        ("flag == TRUE", [0, 1, 1, 0]),
    ],
)
def test_comparisons_are_truth_values(text, truths):
    found = value(text)
    assert found.logical
    assert found.codes.tolist() == truths


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("-x + 1", [0, -3, -1, -7]),
        ("x %/% 3", [0, 1, 0, 2]),
        ("as.numeric(flag)", [0, 1, 1, 0]),
        ("x * flag", [0, 4, 2, 0]),
        ("x - median(x)", [-2, 1, -1, 5]),
        ("(x - min(x)) / (max(x) - min(x))", [0, 3 / 7, 1 / 7, 1]),
        ("round(x / 3, 1)", [0.3, 1.3, 0.7, 2.7]),
        ("log(base = 2, x)", [0, 2, 1, 3]),
        ("ceiling(x / 3)", [1, 2, 1, 3]),
    ],
)
def test_arithmetic_is_that_of_each_sample(text, numbers):
    np.testing.assert_allclose(value(text), numbers, atol=1e-15)


def test_what_was_learnt_is_followed():
    memory = {}
    value("x - mean(x)", memory)
    assert memory == {"mean(x)": 3.75}
    np.testing.assert_allclose(value("x - mean(x)", {"mean(x)": 1.0}), COLUMNS["x"] - 1)


def test_powers_are_raw_on_request():
    raw = value("poly(x, 2, raw = TRUE)")
    np.testing.assert_array_equal(raw.values, np.column_stack([COLUMNS["x"], COLUMNS["x"] ** 2]))
    assert raw.suffixes == ("1", "2")


def test_one_column_has_a_number_only_if_the_degree_is_named():
    assert value("poly(x, 1)").suffixes == ("",)
    assert value("poly(x, degree = 1)").suffixes == ("1",)
    assert value("ns(x, df = 1)").suffixes == ("",)


@pytest.mark.parametrize(
    ("text", "levels", "ordered"),
    [
        ("factor(x)", ("1", "2", "4", "8"), False),
        ("factor(flag)", ("FALSE", "TRUE"), False),
        ("ordered(g)", ("a", "b"), True),
        ("factor(ordered(g))", ("a", "b"), True),
        ("factor(g, levels = c('b', 'a'), ordered = TRUE)", ("b", "a"), True),
        ("factor(x, levels = c(8, 4, 2, 1))", ("8", "4", "2", "1"), False),
        ("interaction(g, flag)", ("a.FALSE", "b.TRUE"), False),
        ("C(x)", ("1", "2", "4", "8"), False),
    ],
)
@pytest.mark.filterwarnings("ignore::pylimma.errors.Note")
def test_factors_have_their_levels_in_order(text, levels, ordered):
    found = value(text)
    assert found.levels == levels
    assert found.ordered == ordered


@pytest.mark.parametrize(
    ("call", "suffixes"),
    [
        ("C(g, contr.treatment)", ("2",)),
        ("C(g, treatment)", ("b",)),
        ("C(g, 'contr.treatment')", ("b",)),
        ("C(g, contr.treatment(2, base = 2))", ("1",)),
        ("C(g, contr.treatment(c('a', 'b'), base = 2))", ("a",)),
        ("C(g, contr.treatment('b'))", ("a",)),
        ("C(g, contr.sum(2))", ("1",)),
    ],
)
def test_columns_of_a_coding_are_numbered_where_r_numbers_them(call, suffixes):
    assert value(call).coding.suffixes == suffixes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("zz + 1", "no column 'zz'; they have 'x', 'g', 'flag'"),
        ("x %o% 2", "'%o%' is not an arithmetic operator"),
        ("g + 1", "'g' is categorical"),
        ("sqrt(poly(x, 2))", "is not one number for each sample"),
        ("poly(x, c(1, 2))", "'degree' must be one number"),
        ("poly(x, 'two')", "'degree' must be numbers"),
        ("log()", "lacks its argument 'x'"),
        ("round(x, 1, 2)", "'2' is not an argument"),
        ("bs(x, degree = 0)", "degree must be at least 1"),
        ("interaction(g, drop = TRUE)", "takes factors and `sep`"),
        ("C(g, 3)", "'3' is not a coding"),
    ],
)
def test_what_has_no_value_is_refused(text, message):
    with pytest.raises(DesignError, match=message):
        value(text)


def test_a_text_is_not_a_variable():
    with pytest.raises(DesignError, match="is text, not a variable"):
        pl.model_matrix("~I('a')", pd.DataFrame({"x": [1.5, 2]}))


def test_names_are_found_once_each():
    assert names_in(parse_arithmetic("I(x + log(y) * x - f(z = w))")) == ["x", "y", "w"]
