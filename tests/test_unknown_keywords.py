"""An option that a function does not have is an error that names it, wherever it is passed on."""

import inspect
import re
import warnings

import matplotlib.pyplot as plt
import pytest
from test_junk_arguments import (
    ADATA,
    ARGUMENTS,
    CALLS,
    DESIGN,
    DGE,
    FRAME,
    TABLE,
    WITHOUT_VALID,
)

import pylimma as pl
from pylimma.errors import InputError, InputTypeError, PylimmaError, PylimmaWarning

# Valid arguments with which options go another way than with those of `ARGUMENTS`.
MORE = {
    "lm_fit, robust": {"object": FRAME, "design": DESIGN, "method": "robust"},
    "remove_batch_effect, robust": {
        "x": FRAME, "batch": TABLE["donor"], "design": DESIGN, "method": "robust"
    },
    "normalize_between_arrays, cyclicloess": {"object": FRAME, "method": "cyclicloess"},
    "normalize_between_samples, none": {"object": FRAME, "method": "none"},
    "mds, drawn": {"x": FRAME, "plot": True},
    "mds, drawn again": {"x": pl.mds(FRAME), "plot": True},
    "rldf, drawn": {"y": FRAME, "design": DESIGN, "plot": True},
    "plot_rldf, of a result": {"y": pl.rldf(FRAME, DESIGN, ndim=2, show_dimensions=(0, 0))},
    "qqt, drawn": {"y": FRAME["s0"], "plot_it": True},
    "qqf, drawn": {"y": FRAME["s0"], "df1": 2, "df2": 4, "plot_it": True},
    "plot_mds, as points": {"x": FRAME, "group": TABLE["group"]},
    "zscore, pois": {"q": 2, "distribution": "pois", "lambda": 3},
    "zscore, nbinom": {"q": 2, "distribution": "nbinom", "size": 3, "mu": 2},
}  # fmt: skip
EXPECTED = (PylimmaError, TypeError)  # the second of what Python refuses itself
NAMED = {"make_contrasts"}  # whose options are names of the user's own
EVERY = {name: name for name in sorted(set(ARGUMENTS) - WITHOUT_VALID - NAMED)} | {
    name: name.split(",")[0] for name in MORE
}


def refusal(call, *given, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PylimmaWarning)
        with pytest.raises(EXPECTED) as caught:
            call(*given, **options, no_such_option=1)
    plt.close("all")
    return caught.value


def speaks_of(error, name):
    """Whether a message names the option, and no function but the one that was called."""
    functions = set(re.findall(r"(\w+)(?:\.__init__)?\(\)", str(error))) - {"set", name}
    return "no_such_option" in str(error) and not functions


@pytest.mark.parametrize("case", EVERY)
def test_every_function_refuses_an_option_it_does_not_have(case, tmp_path):
    valid = MORE.get(case) or ARGUMENTS[case]
    valid = valid(tmp_path) if callable(valid) else valid
    error = refusal(CALLS[EVERY[case]], **valid)
    assert speaks_of(error, EVERY[case]), repr(error)


def moderated_model():
    model = pl.Limma(ADATA, "~ group").fit()
    model.test_contrasts("groupb")
    return model


OBJECTS = {
    "Limma": moderated_model,
    "Analysis": lambda: pl.analyze(
        DGE,
        formula="~ group",
        method="quality_weights",
        filter=False,
        sets={"a set": DGE.row_names[:9]},
    ),
    "MixedModelFit": lambda: pl.lm_fit(
        FRAME.add([5, 5, -5, -5, 0, 0, 9, 9]),
        "~ group + (1 | donor)",
        samples=TABLE,
    ),
    "MArrayLM": lambda: pl.lm_fit(FRAME, "~ group", samples=TABLE),
    "DesignDescription": lambda: pl.describe_design(pl.model_matrix("~ group", TABLE)),
}
NEEDED = {"test_reduced": ("~ 1",), "plot_barcode": ("a set",), ("CellTypes", "report"): (".",)}


def methods_that_pass_on(call):
    """Names of the methods that take any keyword."""
    for name in dir(call):
        method = getattr(call, name)
        if name[0] != "_" and callable(method):
            kinds = inspect.signature(method).parameters.values()
            if any(parameter.kind is parameter.VAR_KEYWORD for parameter in kinds):
                yield name


CLASSES = [
    name
    for name, call in CALLS.items()
    if inspect.isclass(call) and not issubclass(call, dict) and any(methods_that_pass_on(call))
]


@pytest.mark.parametrize("name", CLASSES)
def test_every_method_refuses_an_option_it_does_not_have(name):
    item = OBJECTS[name]() if name in OBJECTS else CALLS[name](**ARGUMENTS[name])
    for method in methods_that_pass_on(CALLS[name]):
        error = refusal(getattr(item, method), *NEEDED.get((name, method), NEEDED.get(method, ())))
        assert "no_such_option" in str(error), (method, error)


@pytest.mark.parametrize("part", ["fit_kwargs", "test_kwargs"])
def test_options_of_a_comparison_of_groups_are_known(part):
    with pytest.raises(
        InputError, match=r"`.*_kwargs` for `Limma.* has no argument 'span'; it takes"
    ):
        pl.Limma.compare_groups(ADATA, "group", "a", "b", **{part: {"span": 1}})


def test_what_is_no_option_of_a_picture_is_refused_without_it_too():
    pl.mds(FRAME, col="red", cex=0.5)  # as of R's function, which draws
    with pytest.raises(InputError, match="`mds` has no argument 'colour' without `plot=True`"):
        pl.mds(FRAME, colour="red")


def test_one_of_two_parameters_that_say_the_same_is_taken():
    with pytest.raises(InputTypeError, match=r"'scale' \(rate or scale, not both\); got"):
        pl.zscore(1, "gamma", shape=2, rate=1, scale=1)
    with pytest.raises(InputTypeError, match=r"'mu' \(mu or prob, not both\); got 'size'"):
        pl.zscore(1, "nbinom", size=2)


def test_a_layout_of_r_has_the_names_of_one():
    assert pl.PrintLayout({"ngrid.r": 2})["ngrid_r"] == 2
