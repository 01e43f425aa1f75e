"""Coefficients by any of their names."""

import inspect

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from test_junk_arguments import ARGUMENTS, CALLS

import pylimma as pl
from pylimma.errors import InputError, UnknownNameError

SAMPLES = pd.DataFrame({"group": list("aabbcc") * 2, "time": list("xyxyxy") * 2})
Y = np.random.default_rng(5).normal(size=(15, 12))
FIT = pl.e_bayes(pl.lm_fit(Y, "~ group * time", samples=SAMPLES))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("groupb", [1]),
        ("group[T.b]", [1]),
        ("Intercept", [0]),
        ("group", [1, 2]),
        ("group:time", [4, 5]),
        ("time:group", [4, 5]),
        (["group", "timey"], [1, 2, 3]),
        (["time", 0], [3, 0]),
        ("groupb:timey", [4]),
    ],
)
def test_names_terms_and_positions_choose_coefficients(key, expected):
    np.testing.assert_array_equal(FIT[:, key]["coefficients"], FIT["coefficients"][:, expected])


def test_a_term_is_tested_by_its_f_test():
    pd.testing.assert_frame_equal(pl.top_table(FIT, "group"), pl.top_table(FIT, [1, 2]))
    assert "groupb, groupc" in pl.top_table(FIT, "group").attrs["meaning"]


def test_a_term_of_which_a_part_was_left_out_is_refused():
    with pytest.raises(UnknownNameError, match="Not all columns of the term 'group'"):
        FIT[:, [0, 1]][:, "group"]
    assert FIT[:, [2, 1]][:, "group"].shape == (15, 2)


def test_contrasts_do_not_answer_to_names_of_the_design():
    contrasted = pl.contrasts_fit(FIT, {"effect": "groupb - groupc"})
    with pytest.raises(UnknownNameError, match="there are 'effect'"):
        contrasted[:, "group"]


def test_a_contrast_with_the_name_of_a_term_is_itself():
    contrasted = pl.contrasts_fit(FIT, {"time": "groupb - groupc", "other": "groupb"})
    assert contrasted[:, "time"].shape == (15, 1)


def test_a_plain_design_is_described_by_its_names():
    design = pd.DataFrame({"a": [1.0] * 6 + [0] * 6, "b": [0.0] * 6 + [1] * 6})
    fit = pl.contrasts_fit(pl.lm_fit(Y, design), "b - a")
    assert fit.describe() == "b - a: positive log fold change means higher in b than in a"
    assert pl.lm_fit(Y, design.to_numpy()).describe() == "A design without names."


def valid_of(name):
    return () if callable(ARGUMENTS[name]) else ARGUMENTS[name].values()


CHOOSING = {"coef", "coefficients", "primary"}
ONE_ONLY = {"plot_md", "heat_diagram"}
NUMBERS = {("decide_tests", "coefficients"), ("heat_diagram", "coef")}  # which choose nothing
CASES = [
    (name, argument, key)
    for name, call in CALLS.items()
    for argument in sorted(CHOOSING & set(inspect.signature(call).parameters))
    if (name, argument) not in NUMBERS
    and any(isinstance(value, pl.MArrayLM) for value in valid_of(name))
    for key in (-1, np.int64(-2), *([] if name in ONE_ONLY else [[0, -1], ["groupb", -1]]))
]


@pytest.mark.parametrize(("name", "argument", "key"), CASES, ids=str)
def test_positions_of_coefficients_do_not_count_from_the_end(name, argument, key):
    others = {argument, "contrasts", "column"}
    valid = {k: v for k, v in ARGUMENTS[name].items() if k not in others}
    with pytest.raises(InputError, match="not from the end; got -"):
        CALLS[name](**valid, **{argument: key})
    plt.close("all")


def test_one_coefficient_is_shown_at_a_time():
    with pytest.raises(InputError, match="One of the coefficients is shown; 2 are chosen"):
        pl.plot_md(FIT, column=[0, 1])
    plt.close("all")
