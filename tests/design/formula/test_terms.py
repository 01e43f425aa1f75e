"""Formulas as sums of terms; expected terms are those of R's `terms`."""

import pytest

from pylimma.design.formula.terms import formula_terms
from pylimma.errors import DesignError


@pytest.mark.parametrize(
    ("formula", "intercept", "labels"),
    [
        ("~a+b:a", True, "a a:b"),
        ("~b:a+a", True, "a b:a"),
        ("~(a+b)%in%(c+d)", True, "a:c:d b:c:d"),
        ("~a/b", True, "a a:b"),
        ("~(a+b)/c", True, "a b a:b:c"),
        ("~a/(b+c)", True, "a a:b a:c"),
        ("~a/b/c", True, "a a:b a:b:c"),
        ("~a/(b*c)", True, "a a:b a:c a:b:c"),
        ("~(a*b)/c", True, "a b a:b a:b:c"),
        ("~(a*b)%in%c", True, "a:c b:c a:b:c"),
        ("~(a+b+c)^2", True, "a b c a:b a:c b:c"),
        ("~(x+a*b)^2", True, "x a b x:a x:b a:b x:a:b"),
        ("~(a+b)^99-a:b", True, "a b"),
        ("~a*b-a", True, "b a:b"),
        ("~a*(b+c:d)", True, "a b c:d a:b a:c:d"),
        ("~a-1+1", True, "a"),
        ("~0+a+1", True, "a"),
        ("~a+0-0", True, "a"),
        ("~(0+a)*b", False, "a b a:b"),
        ("~-1+a", False, "a"),
        ("~a+(-1)", False, "a"),
        ("~a-(b-1)", True, "a"),
        ("~a+b-(1+b)", False, "a"),
        ("~(a+b)^2-(a-b)", True, "b a:b"),
        ("~a:(b-1)", False, "a:b"),
        ("~a:a", True, "a"),
        ("~sqrt(x/2)*a", True, "sqrt(x/2) a sqrt(x/2):a"),
        ("~1", True, ""),
        ("~.-b", True, "a c"),
    ],
)
def test_a_formula_has_the_terms_of_r(formula, intercept, labels):
    terms = formula_terms(formula, ("a", "b", "c"))
    assert terms.intercept == intercept
    assert [terms.label(term) for term in terms.terms] == labels.split(" ") * bool(labels)


def test_variables_that_are_only_removed_are_kept_apart():
    terms = formula_terms("~b*a-b-b:a-log(c)")
    assert [str(variable) for variable in terms.variables] == ["a"]
    assert [str(variable) for variable in terms.removed] == ["b", "log(c)"]


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("~2+a", "'2' is not a term"),
        ("~a*0", "'0' has no terms"),
        ("~1/a", "'1' has no terms"),
        ("~a^b", r"'\^b'.*whole number"),
        ("~a^0", "whole number"),
        ("~a+(1|g)", r"'\(1 \| g\)' is a random effect.*`block`"),
        ("~a" + "+a" * 5000, "nested too deeply"),
        ("~" + "*".join("abcdefghijklmnopqrstuvwxyz"), "crosses so many variables"),
        ("~(" + "+".join("abcdefghijklmnopqrstuvwxyz") + ")^9", "crosses so many variables"),
    ],
)
def test_terms_that_a_design_cannot_have_are_refused(formula, message):
    with pytest.raises(DesignError, match=message):
        formula_terms(formula)


@pytest.mark.parametrize("formula", ["~ a + offset(x)", "~ offset(x) + a", "~ a + a:offset(x)"])
def test_offsets_are_no_terms(formula):
    terms = formula_terms(formula)
    assert [terms.label(term) for term in terms.terms] == ["a"]
    assert [str(offset) for offset in terms.offsets] == ["offset(x)"]


@pytest.mark.parametrize(
    ("formula", "labels"),
    [
        ("~ a > 60", ["a > 60"]),
        ("~ (a > 60) * b", ["a > 60", "b", "a > 60:b"]),
        ("~ !a + b", ["!a + b"]),
        ("~ a %% 2 + b", ["a%%2", "b"]),
        ("~ (a == 'x') + (b & a)", ['a == "x"', "b & a"]),
    ],
)
def test_comparisons_are_variables(formula, labels):
    terms = formula_terms(formula)
    assert [terms.label(term) for term in terms.terms] == labels
