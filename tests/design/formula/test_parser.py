"""Formulas as trees, and trees as text."""

import pytest

from pylimma.design.formula.parser import (
    Name,
    is_syntactic,
    parse_arithmetic,
    parse_formula,
    subexpressions,
)
from pylimma.errors import DesignError


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("ns(x,df=3)", "ns(x, df = 3)"),
        ("I(x**2)", "I(x^2)"),
        ("f( 'a' ,TRUE,2L)", 'f("a", TRUE, 2L)'),
        ("`my var`+a_b", "`my var` + a_b"),
        ("a %in%b:c/d", "a %in% b:c/d"),
        ("-x^2*3", "-x^2 * 3"),
        ("(a+b)^2-1", "(a + b)^2 - 1"),
        ("100000*x+0.10", "1e+05 * x + 0.1"),
        ("group[T.B]:time[T.t2]", "`group[T.B]`:`time[T.t2]`"),
        ("splines::ns(x,2)", "splines::ns(x, 2)"),
        ("!a&b|c", "!a & b | c"),
    ],
)
def test_a_tree_is_written_with_the_spacing_of_r(text, written):
    assert str(parse_arithmetic(text)) == written


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("a+b*c", "a+(b*c)"),
        ("a*b:c", "a*(b:c)"),
        ("a%in%b*c", "(a%in%b)*c"),
        ("a-b-c", "(a-b)-c"),
        ("a^b^c", "a^(b^c)"),
        ("-a^b", "-(a^b)"),
        ("a/b/c", "(a/b)/c"),
        ("a<b+c", "a<(b+c)"),
    ],
)
def test_signs_bind_as_in_r(text, grouped):
    def bare(text):
        return [
            (type(part).__name__, getattr(part, "sign", getattr(part, "name", "")))
            for part in subexpressions(parse_arithmetic(text))
            if type(part).__name__ != "Parenthesis"
        ]

    assert bare(text) == bare(grouped)


@pytest.mark.parametrize("name", ["a", "a.b", ".a", "a_1", "é"])
def test_a_word_needs_no_backticks(name):
    assert is_syntactic(name)


@pytest.mark.parametrize("name", ["2h", "_a", ".2a", "a b", "a-b", "TRUE", "if", ""])
def test_what_is_not_a_word_needs_backticks(name):
    assert not is_syntactic(name)


def test_the_tilde_of_a_formula_may_be_left_out():
    assert parse_formula("~ a") == parse_formula("a") == Name("a")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("a +", "ends too early"),
        ("a b", "cannot be read at 'b'"),
        ("(a", "ends too early"),
        ("a)", r"cannot be read at '\)'"),
        ("a $ b", r"cannot be read at '\$ b'"),
        ("f(a,,b)", "cannot be read"),
        ("1e999 * a", "too large"),
        ("(" * 5000 + "a" + ")" * 5000, "nested too deeply"),
    ],
)
def test_what_is_no_expression_is_refused_with_the_place(text, message):
    with pytest.raises(DesignError, match=message):
        parse_arithmetic(text)


def test_a_response_is_refused():
    with pytest.raises(DesignError, match=r"has a response 'y'.*write '~ a'"):
        parse_formula("y ~ a")
