"""Whatever is passed for an argument, no error but pylimma's own reaches the user."""

import inspect
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

import pylimma as pl
from pylimma.errors import PylimmaError, PylimmaWarning

RNG = np.random.default_rng(4)
N_GENES, N_SAMPLES = 30, 8
Y = RNG.normal(8, 1, (N_GENES, N_SAMPLES))
FRAME = pd.DataFrame(
    Y, index=[f"g{k}" for k in range(N_GENES)], columns=[f"s{k}" for k in range(N_SAMPLES)]
)
DESIGN = np.column_stack([np.ones(N_SAMPLES), np.tile([0.0, 1.0], 4)])
SAMPLES = pd.DataFrame({"group": list("aabbaabb")})
GROUPS = pl.model_matrix("~ group", SAMPLES)
TARGETS = {"Cy3": ["a", "b"], "Cy5": ["b", "c"]}
CHANNELS = pl.MAList({"M": Y, "A": Y})
FIT = pl.lm_fit(FRAME, DESIGN)
MODERATED = pl.e_bayes(FIT)
BLOCK = np.repeat(range(4), 2)
P = MODERATED["p_value"][:, 1]
VARIANCES = 1.0 + np.arange(N_GENES)
T = {
    "tstat": MODERATED["t"],
    "stdev_unscaled": MODERATED["stdev_unscaled"],
    "df": 9.0,
    "proportion": 0.1,
}

ARGUMENTS = {
    "lm_fit": {"object": Y, "design": DESIGN},
    "lm_series": {"M": Y, "design": DESIGN},
    "mrlm": {"M": Y, "design": DESIGN},
    "gls_series": {"M": Y, "design": DESIGN, "block": BLOCK, "correlation": 0.3},
    "contrasts_fit": {"fit": FIT, "contrasts": [0, 1]},
    "e_bayes": {"fit": FIT},
    "treat": {"fit": FIT},
    "top_table": {"fit": MODERATED, "coef": 1},
    "top_treat": {"fit": pl.treat(FIT), "coef": 1},
    "decide_tests": {"object": MODERATED},
    "write_fit": {"fit": MODERATED},
    "duplicate_correlation": {"object": Y, "design": DESIGN, "block": BLOCK},
    "remove_batch_effect": {"x": Y, "batch": list("aabbaabb"), "design": DESIGN},
    "wsva": {"y": Y, "design": DESIGN},
    "genas": {"fit": MODERATED},
    "pred_fcm": {"fit": MODERATED},
    "select_model": {"y": Y, "designlist": [DESIGN, DESIGN[:, :1]]},
    "lmsc_fit": {"object": CHANNELS, "design": np.ones((16, 1)), "correlation": 0.3},
    "intraspot_correlation": {"object": CHANNELS, "design": np.ones((16, 1))},
    "classify_tests_f": {"object": MODERATED},
    "prop_true_null": {"p": P},
    "convest": {"p": P, "niter": 3},
    "p_adjust": {"p": P},
    "mds": {"x": Y},
    "rldf": {"y": Y, "design": DESIGN},
    "squeeze_var": {"var": VARIANCES, "df": 4},
    "fit_f_dist": {"x": VARIANCES, "df1": 4},
    "fit_f_dist_robustly": {"x": VARIANCES, "df1": 4},
    "fit_f_dist_unequal_df1": {"x": VARIANCES, "df1": 2.0 + np.arange(N_GENES) % 3},
    "fit_gamma_intercept": {"y": np.ones(5), "offset": np.arange(5.0)},
    "tmixture_matrix": T,
    "tmixture_vector": {**T, "tstat": T["tstat"][:, 0], "stdev_unscaled": 1.0},
    "make_contrasts": {"contrasts": "b - a", "levels": ["a", "b"]},
    "model_matrix": {"formula": "~ group", "data": SAMPLES},
    "describe_design": {"design": GROUPS},
    "all_pairs": {"levels": GROUPS},
    "against_control": {"levels": GROUPS},
    "against_rest": {"levels": GROUPS},
    "describe_contrast": {"vector": [-1, 1], "names": ["a", "b"]},
    "two_color_design": {"targets": TARGETS, "ref": "a"},
    "unique_targets": {"targets": TARGETS},
    "targets_a2c": {"targets": TARGETS},
    "design_i2m": {"design": DESIGN},
    "design_i2a": {"design": DESIGN},
    "contrast_as_coef": {"design": DESIGN, "contrast": [0, 1]},
    "is_fullrank": {"x": DESIGN},
    "non_estimable": {"x": DESIGN},
    "as_matrix_weights": {"weights": np.ones(8), "dim": (30, 8)},
    "modify_weights": {"status": list("aab"), "values": ["a"], "multipliers": [2]},
    "get_eawp": {"object": Y},
    "unwrapdups": {"M": Y},
    "avedups": {"x": Y},
    "uniquegenelist": {"genelist": np.arange(30)},
    "qqt": {"y": Y[:, 0]},
    "qqf": {"y": Y[:, 0], "df1": 2, "df2": 4},
    "au_roc": {"truth": np.arange(8) % 2, "stat": np.arange(8.0)},
    "cum_overlap": {"ol1": list("abc"), "ol2": list("cba")},
    "weighted_median": {"x": np.arange(8.0), "w": np.ones(8)},
    "bwss": {"x": Y[0], "group": list("aabbaabb")},
    "pool_var": {"var": [1.0, 2], "df": [3, 4]},
    "venn_counts": {"x": np.sign(Y[:, :3] - 8)},
    "zscore": {"q": 1.0},
    "zscore_t": {"x": 1.0, "df": 3.0},
    "zscore_gamma": {"q": 1.0, "shape": 2.0},
    "zscore_hyper": {"q": 1, "m": 5, "n": 5, "k": 3},
    "fitmixture": {"log2e": Y[:2], "mixprop": np.linspace(0.1, 0.9, 8)},
}
LEFT_OUT = {"plot", "plot_it", "file", "key_added", "n_jobs"}

JUNK = [
    *(None, True, -1, 3, 1.5, np.nan, -np.inf, 1e300, 1j, 10**400, "", "nonsense", b"bytes"),
    *([], {}, set(), object(), int, iter([1]), slice(0, 3), ..., pd.NA, pd.NaT),
    *([[1], [2, 3]], list("abababab"), [None] * 8, {"a": 1}, ("group", "a", "b")),
    *(np.array(3.0), np.array([]), np.zeros((0, 8)), np.zeros((8, 0)), np.ones((2, 3, 4))),
    *(np.ones(8), -np.ones(8), np.zeros(8), np.full(8, np.nan), np.ones(30), np.ones((8, 2))),
    *(np.arange(8) > 3, np.array([1, "a", None], dtype=object), np.array([1] * 8, dtype="M8[D]")),
    *(Y, Y.astype(complex), Y.astype(object), Y.astype(str), np.ma.masked_array(Y, Y > 9)),
    np.array([(1, 2)] * 8, dtype=[("a", int), ("b", int)]),
    pd.Series(np.ones(8), index=["s0"] * 8),
    pd.Series(np.ones(8), index=FRAME.columns[::-1]),
    pd.Series([1, 2, None] * 10, dtype="Int64"),
    pd.Series([True, None] * 4, dtype="boolean"),
    pd.Categorical(list("abababab")),
    *(pd.DataFrame(), FRAME, FRAME.T, FRAME.where(FRAME > 8), FRAME.set_axis(["d"] * 30)),
    *(scipy.sparse.csr_matrix(Y), scipy.sparse.coo_array(DESIGN), FIT, MODERATED, CHANNELS),
]  # fmt: skip


@pytest.mark.parametrize("function", ARGUMENTS)
def test_no_foreign_error_or_warning_reaches_the_user(function):
    call, valid = getattr(pl, function), ARGUMENTS[function]
    places = [
        name
        for name, parameter in inspect.signature(call).parameters.items()
        if name not in LEFT_OUT and parameter.kind is not parameter.VAR_KEYWORD
    ]
    for name in places:
        for place, junk in enumerate(JUNK):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", PylimmaWarning)
                try:
                    call(**{**valid, name: junk})
                except PylimmaError:
                    continue
                except Exception as error:  # noqa: BLE001 - any other is the failure
                    pytest.fail(f"{function}({name}=JUNK[{place}]) raised {error!r}")
