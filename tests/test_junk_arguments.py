"""Whatever is passed for an argument, no error but pylimma's own reaches the user.

Every public function and constructor is called with junk for one argument at a time and valid
values for those it needs; a function that is missing in `ARGUMENTS` fails. Each argument is given
a sample of the junk; PYLIMMA_ALL_JUNK=1 gives all of it, which takes many minutes.
"""

import inspect
import os
import warnings
import zlib

import anndata
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from fit.valid_arguments import MANY_GROUPS, RANDOM_EFFECTS
from genesets.valid_arguments import GENE_SETS
from preprocessing.arrays.background_calls import BACKGROUND_ARGUMENTS
from preprocessing.arrays.layout_calls import LAYOUT_ARGUMENTS
from preprocessing.arrays.normalization_calls import NORMALIZATION_CALLS
from proteomics.valid_arguments import PROTEOMICS
from readers.proteomics.made_up_results import CALLS as CALLS_OF_PROTEOMICS
from readers.valid_calls import CALLS_OF_READERS
from results.valid_calls import MISSING_ARGUMENTS

import pylimma as pl
from pylimma import plotting
from pylimma.containers.components import Components
from pylimma.errors import PylimmaError, PylimmaWarning

EVERYTHING = "PYLIMMA_ALL_JUNK" in os.environ
SAMPLED = 5  # pieces of junk for each argument
SAMPLED_WHEN_SLOW = 2
WITHOUT_VALID = {"mammary", "yoruba", "cbind", "rbind", "fit_from_anndata"}  # need other things
SLOW = (
    *("analyze_pseudobulk", "coolmap", "heat_diagram", "normalize_cyclic_loess"),
    *("plot_p_values", "plot_top_genes", "venn_diagram", "read_kallisto", "catch_kallisto"),
)

RNG = np.random.default_rng(4)
N_GENES, N_SAMPLES = 30, 8
GENES, SAMPLES = [f"g{k}" for k in range(N_GENES)], [f"s{k}" for k in range(N_SAMPLES)]
Y = RNG.normal(8, 1, (N_GENES, N_SAMPLES))
FRAME = pd.DataFrame(Y, index=GENES, columns=SAMPLES)
COUNTS = RNG.poisson(RNG.gamma(2, 60, (N_GENES, 1)), Y.shape)
TABLE = pd.DataFrame({"group": list("abababab"), "donor": list("aabbccdd")}, index=SAMPLES)
DESIGN = np.column_stack([np.ones(N_SAMPLES), np.tile([0.0, 1.0], 4)])
CHANNELS = pl.MAList({"M": Y, "A": Y})
LAYOUT = pl.PrintLayout(ngrid_r=1, ngrid_c=1, nspot_r=5, nspot_c=6)
TARGETS = pd.DataFrame({"Cy3": ["A", "B", "C"], "Cy5": ["B", "C", "A"]})
FIT = pl.lm_fit(FRAME, DESIGN)
MODERATED = pl.e_bayes(FIT)
BLOCK = np.repeat(range(4), 2)
P = MODERATED["p_value"][:, 1]
SETS = pd.DataFrame({"n_genes": 3, "direction": "Up", "p_value": P, "fdr": P}, index=GENES)
VARIANCES = 1.0 + np.arange(N_GENES)
DGE = pl.DGEList(pd.DataFrame(COUNTS, index=GENES, columns=SAMPLES), samples=TABLE)
CELLS = anndata.AnnData(
    RNG.poisson(5, (48, 12)).astype(float),
    obs=pd.DataFrame(
        {
            "sample": np.repeat(SAMPLES, 6),
            "type": ["u", "v"] * 24,
            "group": np.repeat(list("abababab"), 6),
        },
        index=[f"c{k}" for k in range(48)],
    ),
    var=pd.DataFrame(index=GENES[:12]),
)
ADATA = anndata.AnnData(COUNTS.T.astype(float), obs=TABLE, var=pd.DataFrame(index=GENES))
BY_GENE = np.arange(N_GENES)
PLACES = {"Start": 50 * BY_GENE, "End": 50 * BY_GENE + 20, "Length": 21, "Strand": "+"}
EXONS = MODERATED.replace(genes=pd.DataFrame({"GeneID": BY_GENE // 3, **PLACES}, index=GENES))
T = {
    "tstat": MODERATED["t"],
    "stdev_unscaled": MODERATED["stdev_unscaled"],
    "df": 9.0,
    "proportion": 0.1,
}
X = np.linspace(0, 1, 20)


# Valid values of the arguments that each public function needs, or what makes them in a folder.
ARGUMENTS = {
    **GENE_SETS,
    **PROTEOMICS,
    **RANDOM_EFFECTS,
    **MANY_GROUPS,
    **CALLS_OF_PROTEOMICS,
    **BACKGROUND_ARGUMENTS,
    **MISSING_ARGUMENTS,
    "spectra_count_e_bayes": {"fit": FIT, "count": 1 + BY_GENE % 9},
    # numerics
    "loess_fit": {"y": X, "x": X},
    "lowess": {"x": X, "y": X},
    "tricube_moving_average": {"x": X},
    "choose_lowess_span": {},
    "weighted_lowess": {"x": X, "y": X},
    # data sets and containers
    "CountData": {"counts": FRAME, "samples": TABLE},
    "mammary": {},
    "simulate_counts": {"n_genes": 20},
    "yoruba": {},
    "cbind": {},
    "merge": {"x": CHANNELS.with_names(genes=GENES), "y": CHANNELS.with_names(genes=GENES)},
    "rbind": {},
    "DGEList": {"counts": COUNTS},
    "EList": {"components": {"E": Y}},
    "EListRaw": {"components": {"E": Y}},
    "MAList": {"components": {"M": Y, "A": Y}},
    "RGList": {"components": {"R": Y, "G": Y}},
    "MArrayLM": {"components": {"coefficients": Y}},
    "PrintLayout": {},
    "TestResults": {"values": np.sign(Y)},
    # adapters
    "get_eawp": {"object": Y},
    "as_dge_list": {"data": COUNTS},
    "as_matrix_weights": {"weights": np.ones(8), "dim": (30, 8)},
    "modify_weights": {"status": list("aab"), "values": ["a"], "multipliers": [2]},
    # design
    "against_control": {"levels": list("abc"), "control": "a"},
    "against_rest": {"levels": list("abc")},
    "all_pairs": {"levels": list("abc")},
    "make_contrasts": {"contrasts": "b - a", "levels": ["a", "b"]},
    "DesignDescription": dict.fromkeys(inspect.signature(pl.DesignDescription).parameters),
    "describe_design": {"design": pl.model_matrix("~ group", TABLE)},
    "model_matrix": {"formula": "~ group", "data": TABLE},
    "show_design": {"formula": "~ group", "samples": TABLE},
    "DesignView": dict.fromkeys(inspect.signature(pl.DesignView).parameters),
    "is_fullrank": {"x": DESIGN},
    "non_estimable": {"x": DESIGN},
    "contrast_as_coef": {"design": DESIGN, "contrast": [0, 1]},
    "design_i2a": {"design": np.ones((16, 1))},
    "design_i2m": {"design": np.ones((16, 1))},
    "targets_a2c": {"targets": TARGETS},
    "two_color_design": {"targets": TARGETS, "ref": "A"},
    "unique_targets": {"targets": TARGETS},
    "describe_contrast": {"vector": [-1, 1], "names": ["a", "b"]},
    # preprocessing
    "normalize_between_arrays": {"object": Y},
    "normalize_between_samples": {"object": Y},
    "normalize_cyclic_loess": {"x": Y},
    "normalize_median_abs_values": {"x": Y},
    "normalize_median_values": {"x": Y},
    "normalize_quantiles": {"A": Y},
    "remove_batch_effect": {"x": Y, "batch": list("aabbaabb"), "design": DESIGN},
    "wsva": {"y": Y, "design": DESIGN},
    "get_dup_spacing": {"ID": list("aabbccdd")},
    "get_spacing": {
        "spacing": "columns",
        "layout": LAYOUT,
    },
    "unwrapdups": {"M": Y},
    "avedups": {"x": Y},
    "uniquegenelist": {"genelist": np.arange(30)},
    "add_prior_count": {"y": COUNTS},
    "ave_log_cpm": {"y": COUNTS},
    "cpm": {"y": COUNTS},
    "cpm_by_group": {"y": COUNTS, "group": TABLE["group"]},
    "rpkm": {"y": COUNTS, "gene_length": VARIANCES},
    "rpkm_by_group": {"y": COUNTS, "group": TABLE["group"], "gene_length": VARIANCES},
    "tpm": {"y": COUNTS, "gene_length": VARIANCES},
    "filter_by_cpm": {"y": COUNTS},
    "filter_by_expr": {"y": COUNTS},
    "norm_lib_sizes": {"object": COUNTS},
    "sum_tech_reps": {"x": COUNTS, "id": list("aabbccdd")},
    "pseudobulk": {"adata": CELLS, "sample_col": "sample", "min_cells": 1, "min_counts": 1},
    # readers
    "TranscriptCounts": {"counts": FRAME, "annotation": FRAME, "overdispersion_prior": 1.0},
    **CALLS_OF_READERS,
    **LAYOUT_ARGUMENTS,
    **NORMALIZATION_CALLS,
    # fits
    "lm_fit": {"object": Y, "design": DESIGN},
    "lm_series": {"M": Y, "design": DESIGN},
    "mrlm": {"M": Y, "design": DESIGN},
    "gls_series": {"M": Y, "design": DESIGN, "block": BLOCK, "correlation": 0.3},
    "contrasts_fit": {"fit": FIT, "contrasts": [0, 1]},
    "duplicate_correlation": {"object": Y, "design": DESIGN, "block": BLOCK},
    "lmsc_fit": {"object": CHANNELS, "design": np.ones((16, 1)), "correlation": 0.3},
    "intraspot_correlation": {"object": CHANNELS, "design": np.ones((16, 1))},
    "fitmixture": {"log2e": Y[:2], "mixprop": np.linspace(0.1, 0.9, 8)},
    # weights
    "array_weights": {"object": Y, "design": DESIGN},
    "array_weights_quick": {"y": FRAME, "fit": FIT},
    "bead_count_weights": {
        "y": Y, "x": Y, "design": DESIGN, "bead_stdev": np.ones(Y.shape), "nbeads": 20 + COUNTS
    },
    "printtip_weights": {"object": Y, "design": DESIGN, "layout": LAYOUT},
    "voom": {"counts": COUNTS, "design": DESIGN},
    "voom_lm_fit": {"counts": COUNTS, "design": DESIGN},
    "voom_with_quality_weights": {"counts": COUNTS, "design": DESIGN},
    "vooma": {"y": Y, "design": DESIGN},
    "vooma_by_group": {"y": Y, "group": list("abababab"), "design": DESIGN},
    "vooma_lm_fit": {"y": Y, "design": DESIGN},
    # moderation
    "e_bayes": {"fit": FIT},
    "treat": {"fit": FIT},
    "squeeze_var": {"var": VARIANCES, "df": 4},
    "fit_f_dist": {"x": VARIANCES, "df1": 4},
    "fit_f_dist_robustly": {"x": VARIANCES, "df1": 4},
    "fit_f_dist_unequal_df1": {"x": VARIANCES, "df1": 2.0 + np.arange(N_GENES) % 3},
    "fit_gamma_intercept": {"y": np.ones(5), "offset": np.arange(5.0)},
    "logmdigamma": {"x": X + 1},
    "trigamma_inverse": {"x": X + 1},
    "tmixture_matrix": T,
    "tmixture_vector": {**T, "tstat": T["tstat"][:, 0], "stdev_unscaled": 1.0},
    # results
    "top_table": {"fit": MODERATED, "coef": 1},
    "top_treat": {"fit": pl.treat(FIT), "coef": 1},
    "decide_tests": {"object": MODERATED},
    "classify_tests_f": {"object": MODERATED},
    "nested_f_test": {"fit": MODERATED, "reduced": DESIGN[:, :1]},
    "write_fit": {"fit": MODERATED},
    "tidy": {"fit": MODERATED},
    "write_tidy": {"fit": MODERATED, "file": "tidy.csv"},
    "to_decoupler": {"fit": MODERATED},
    "to_deseq_columns": {"table": pl.top_table(MODERATED, 1)},
    "to_rank_genes_groups": {"fit": MODERATED},
    "to_rnk": {"fit": MODERATED, "coef": 1},
    "fit_from_anndata": {"adata": ADATA},
    "fit_to_anndata": {"fit": MODERATED, "adata": ADATA},
    # statistics and exploration
    "SpliceFit": {"components": {"coefficients": Y}},
    "diff_splice": {"fit": FIT, "geneid": np.repeat(np.arange(10), 3)},
    "top_splice": {"fit": pl.diff_splice(FIT, np.repeat(np.arange(10), 3))},
    "imageplot": {"z": Y[:, 0], "layout": LAYOUT},
    "imageplot3by2": {"RG": pl.RGList(R=Y, G=Y, Rb=Y, Gb=Y, printer=LAYOUT)},
    "plot_fb": {"x": pl.RGList(R=Y, G=Y, Rb=Y, Gb=Y, printer=LAYOUT)},
    "plot_ma3by2": {"object": Y},
    "plot_print_tip_loess": {"object": pl.MAList(M=Y, A=Y), "layout": LAYOUT},
    "plot_printorder": {"object": pl.RGList(R=COUNTS, G=COUNTS), "layout": LAYOUT},
    "plot_upset": {"object": np.sign(np.rint(Y[:, :4]))},
    "plot_splice": {"fit": pl.diff_splice(FIT, np.repeat(np.arange(10), 3))},
    "plot_exons": {"fit": EXONS, "geneid": "3"},
    "plot_exon_junc": {"fit": pl.diff_splice(EXONS, "GeneID")},
    "genas": {"fit": MODERATED},
    "pred_fcm": {"fit": MODERATED},
    "select_model": {"y": Y, "designlist": [DESIGN, DESIGN[:, :1]]},
    "prop_true_null": {"p": P},
    "convest": {"p": P, "niter": 3},
    "p_adjust": {"p": P},
    "mds": {"x": Y},
    "rldf": {"y": Y, "design": DESIGN},
    "qqt": {"y": Y[:, 0]},
    "qqf": {"y": Y[:, 0], "df1": 2, "df2": 4},
    "au_roc": {"truth": np.arange(8) % 2, "stat": np.arange(8.0)},
    "cum_overlap": {"ol1": list("abc"), "ol2": list("cba")},
    "weighted_median": {"x": np.arange(8.0), "w": np.ones(8)},
    "logcosh": {"x": X},
    "bwss": {"x": Y[0], "group": list("aabbaabb")},
    "bwss_matrix": {"x": Y},
    "pool_var": {"var": [1.0, 2], "n": [3, 4]},
    "venn_counts": {"x": np.sign(Y[:, :3] - 8)},
    "camera": {"y": FRAME, "index": {"a": GENES[:9], "b": GENES[5:20]}, "design": DESIGN},
    "camera_pr": {"statistic": pd.Series(VARIANCES, GENES), "index": {"a": GENES[:9]}},
    "fry": {"y": FRAME, "index": {"a": GENES[:9], "b": GENES[5:20]}, "design": DESIGN},
    "mroast": {"y": FRAME, "index": {"a": GENES[:9]}, "design": DESIGN, "nrot": 9},
    "roast": {"y": FRAME, "index": GENES[:9], "design": DESIGN, "nrot": 9},
    "romer": {"y": FRAME, "index": {"a": GENES[:9]}, "design": DESIGN, "nrot": 9},
    "top_romer": {"x": pl.romer(Y, {"a": [1, 2], "b": [4]}, DESIGN, nrot=3)},
    "gene_set_test": {"index": [1, 2, 5], "statistics": VARIANCES, "nsim": 9},
    "inter_gene_correlation": {"y": Y, "design": DESIGN},
    "rank_sum_test_with_correlation": {"index": [1, 2, 5], "statistics": VARIANCES},
    "wilcox_gst": {"index": [1, 2, 5], "statistics": VARIANCES},
    "zscore": {"q": 1.0, "distribution": "norm"},
    "zscore_t": {"x": 1.0, "df": 3.0},
    "t_zscore": {"z": 1.0, "df": 3.0},
    "zscore_gamma": {"q": 1.0, "shape": 2.0},
    "zscore_hyper": {"q": 1, "m": 5, "n": 5, "k": 3},
    # pictures
    "barcodeplot": {"statistics": MODERATED, "index": GENES[:3], "coef": 1},
    "coolmap": {"x": FRAME.head(5)},
    "heat_diagram": {"results": pl.decide_tests(MODERATED), "coef": MODERATED["coefficients"]},
    "mdplot": {"x": Y},
    "plot_densities": {"object": Y},
    "plot_library_sizes": {"counts": COUNTS},
    "plot_ma": {"object": FRAME, "array": 0},
    "plot_md": {"object": MODERATED, "column": 1},
    "plot_mds": {"x": Y},
    "plot_p_values": {"fit": MODERATED},
    "plot_rldf": {"y": Y, "design": DESIGN},
    "plot_sa": {"fit": MODERATED},
    "plot_sample_weights": {"weights": np.ones(8)},
    "plot_sets": {"table": SETS},
    "plot_top_genes": {"fit": MODERATED, "E": FRAME, "coef": 1, "number": 3},
    "plot_with_highlights": {"x": X, "y": X},
    "plotlines": {"x": Y},
    "venn_diagram": {"object": np.sign(Y[:, :3] - 8)},
    "volcanoplot": {"fit": MODERATED, "coef": 1},
    "_mds_coordinates": {"matrix": Y},
    # whole analyses
    "Analysis": dict.fromkeys(inspect.signature(pl.Analysis).parameters),
    "CellTypes": {"analyses": {}, "skipped": {}},
    "Limma": {"adata": ADATA, "design": "~ group"},
    "analyze": {"counts": DGE, "formula": "~ group", "filter": False},
    "analyze_pseudobulk": {
        "adata": CELLS, "sample_col": "sample", "group_col": "type", "formula": "~ group",
        "min_cells": 1, "min_counts": 1, "filter": False,
    },
}  # fmt: skip


JUNK = [
    *(None, True, -1, 0, 3, 1.5, np.nan, -np.inf, 1e300, 1j, 10**400, "", "nonsense", b"bytes"),
    *([], {}, set(), object(), int, iter([1]), slice(0, 3), ..., pd.NA, pd.NaT, len),
    *([[1], [2, 3]], list("abababab"), [None] * 8, {"a": 1}, {1: [2]}, ("group", "a", "b")),
    *("~ group", "a\0b", [""], [Y], (0, 99), (-1, 1), np.str_("x"), np.float32(0.5), range(3)),
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
    pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
    *(scipy.sparse.csr_matrix(Y), scipy.sparse.coo_array(DESIGN), FIT, MODERATED, CHANNELS, DGE),
    *(ADATA, CELLS),
]


def public_calls():
    """Public functions and classes by name, those of the plotting room among them."""
    found = {name: getattr(pl, name) for name in pl.__all__}
    found |= {
        name: item
        for name, item in vars(plotting).items()
        if inspect.isfunction(item) and item.__module__ == plotting.__name__
    }
    return {name: item for name, item in found.items() if callable(item)}


CALLS = public_calls()


def places(call):
    """Names of the arguments, with the components that a container may be given by name."""
    if inspect.isclass(call) and issubclass(call, Components):
        yield from call.AXES
    for name, parameter in inspect.signature(call).parameters.items():
        if parameter.kind is not parameter.VAR_KEYWORD:
            yield f"*{name}" if parameter.kind is parameter.VAR_POSITIONAL else name


def chosen(function, name):
    """Positions of the junk for one argument: all, or a sample that its name decides."""
    if EVERYTHING:
        return range(len(JUNK))
    size = SAMPLED_WHEN_SLOW if function in SLOW else SAMPLED
    seed = zlib.crc32(f"{function}.{name}".encode())
    return np.random.default_rng(seed).choice(len(JUNK), size, replace=False).tolist()


def test_every_public_function_has_valid_arguments():
    assert sorted(ARGUMENTS) == sorted(CALLS)


@pytest.mark.parametrize("function", ARGUMENTS)
def test_no_foreign_error_or_warning_reaches_the_user(function, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call, valid = CALLS[function], ARGUMENTS[function]
    valid = valid(tmp_path) if callable(valid) else valid
    faults = []
    for name in places(call):
        for place in chosen(function, name):
            given = {**valid} if name.startswith("*") else {**valid, name: JUNK[place]}
            beside = [JUNK[place]] if name.startswith("*") else []
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", PylimmaWarning)
                try:
                    call(*beside, **given)
                except PylimmaError:
                    pass
                except Exception as error:  # noqa: BLE001 - any other is the failure
                    faults.append(f"{function}({name}=JUNK[{place}]) raised {error!r}")
        plt.close("all")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("function", sorted(ARGUMENTS.keys() - WITHOUT_VALID))
def test_arguments_that_a_function_needs_are_valid(function, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    valid = ARGUMENTS[function]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PylimmaWarning)
        CALLS[function](**(valid(tmp_path) if callable(valid) else valid))
    plt.close("all")
