"""A call of every public function that takes data, and its results as plain arrays.

Data have ten samples, more than fit into one byte of a mask, missing values wherever a function
takes them, and no digits beyond single precision.
"""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from fit.valid_arguments import MANY_GROUPS
from preprocessing.arrays.background_calls import CALLS_OF_BACKGROUND
from preprocessing.arrays.layout_calls import LAYOUT_CALLS, WITHOUT_DATA
from preprocessing.arrays.normalization_calls import NORMALIZATION_CALLS
from proteomics.valid_arguments import CALLS_OF_PROTEOMICS, WITH_OBJECTS
from readers.arrays.bead_calls import CALLS_OF_BEADS
from results.valid_calls import MISSING_CALLS

import pylimma as pl
from pylimma.containers.components import Components
from pylimma.record import Record

RNG = np.random.default_rng(12)
N_GENES, N_SAMPLES = 64, 10


def single(values):
    """Values without digits beyond single precision."""
    return np.asarray(values).astype(np.float32).astype(float)


WHOLE = single(RNG.normal(8, 1, (N_GENES, N_SAMPLES)) * RNG.uniform(0.9, 1.1, (N_GENES, 1)))
Y = WHOLE.copy()
Y[RNG.random(Y.shape) < 0.1] = np.nan
COUNTS = RNG.negative_binomial(4, 0.05, (N_GENES, N_SAMPLES)).astype(float) + 1
FRACTIONAL = single(COUNTS * RNG.choice([1, 0.37], COUNTS.shape))
GROUP = list("aabbaabbab")
DESIGN = np.column_stack([np.ones(N_SAMPLES), np.array(GROUP) == "b"]).astype(float)
COVARIATE = np.column_stack([DESIGN, single(RNG.normal(size=N_SAMPLES))])
BLOCK = np.repeat(range(5), 2)
BATCH = list("uvuvuvuvvu")
WEIGHTS = single(RNG.uniform(0.5, 2, Y.shape))
BY_SAMPLE = WEIGHTS[0]
BY_GENE = WEIGHTS[:, 0]
LENGTHS = single(RNG.uniform(500, 3000, N_GENES))
SIZES = COUNTS.sum(axis=0) * 2
LOG_SIZES = single(np.log(COUNTS.sum(axis=0)))
OFFSETS = single(np.zeros(COUNTS.shape) + RNG.normal(0, 0.1, COUNTS.shape))
VARIANCES = single(RNG.chisquare(4, N_GENES) / 4)
FREEDOM = np.tile([3.0, 4.0], N_GENES // 2)
P = single(RNG.uniform(0.01, 0.99, N_GENES))
X = single(np.linspace(0, 8, N_GENES))
NOISE = single(np.sin(X) + RNG.normal(0, 0.1, N_GENES))
CONTRASTS = np.array([[0.0, 1], [1, -1]])
SMALL = {"ndups": 2, "spacing": 1}
FIT = pl.lm_fit(WHOLE, DESIGN)
MODERATED = pl.e_bayes(FIT)
TREATED = pl.treat(FIT, lfc=0.1)
CALLS_OF = pl.decide_tests(MODERATED, p_value=0.5)
BEADS = single(RNG.uniform(10, 30, Y.shape))
DEVIATIONS = single(RNG.uniform(20, 40, Y.shape))
T, UNSCALED = single(MODERATED["t"]), single(MODERATED["stdev_unscaled"])
STATISTICS = {"tstat": T, "stdev_unscaled": UNSCALED, "df": FREEDOM}
SAMPLES = pd.DataFrame({"group": GROUP, "batch": BATCH})
LAYOUT = {"ngrid_r": 2, "ngrid_c": 1, "nspot_r": 4, "nspot_c": 8}
SETS = pd.DataFrame({"n_genes": 9, "p_value": P, "fdr": np.sqrt(P)}, index=[f"s{k}" for k in X])
SETS_OF_GENES = {"a": np.arange(9), "b": np.arange(20, 44)}
TARGETS = {"Cy3": ["a", "b"], "Cy5": ["b", "c"]}

EXONS = pl.e_bayes(FIT).replace(
    genes=pd.DataFrame(
        {
            "GeneID": np.repeat(np.arange(N_GENES // 4), 4),
            "Start": np.arange(N_GENES) * 50,
            "End": np.arange(N_GENES) * 50 + 20,
            "Length": 21,
            "Strand": "+",
        }
    )
)
IDS = [f"g{k}" for k in range(N_GENES)]
TERMS = {"s1": IDS[:12], "s2": IDS[6:40]}
ENRICHED = pd.DataFrame(
    {
        "term": ["one", "two"],
        "pathway": ["one", "two"],
        "ont": ["BP", "CC"],
        "n": [3, 4],
        "up": [1, 2],
        "p_up": [0.5, 0.25],
    }
)

# Name of the call: the arguments. What follows a comma tells calls of one function apart.
CALLS = {
    **CALLS_OF_PROTEOMICS,
    **LAYOUT_CALLS,
    **CALLS_OF_BACKGROUND,
    **NORMALIZATION_CALLS,
    "lm_fit": {"object": Y, "design": DESIGN},
    "lm_fit, blocks": {"object": Y, "design": COVARIATE, "block": BLOCK, "correlation": 0.4},
    "lm_fit, weights": {"object": Y, "design": COVARIATE, "weights": WEIGHTS},
    "lm_fit, weights by sample": {"object": Y, "design": DESIGN, "weights": BY_SAMPLE},
    "lm_fit, weights and blocks": {
        "object": Y,
        "design": DESIGN,
        "weights": WEIGHTS,
        "block": BLOCK,
        "correlation": 0.2,
    },
    "lm_fit, robust": {"object": Y, "design": DESIGN, "method": "robust"},
    "lm_fit, duplicates": {"object": Y, "design": DESIGN, "correlation": 0.4, **SMALL},
    "lm_series": {"M": Y, "design": DESIGN, "weights": WEIGHTS},
    "mrlm": {"M": Y, "design": DESIGN, "weights": WEIGHTS},
    "gls_series": {"M": Y, "design": DESIGN, "block": BLOCK, "correlation": 0.3},
    "contrasts_fit": {"fit": FIT, "contrasts": CONTRASTS},
    "e_bayes": {"fit": FIT},
    "e_bayes, covariate": {"fit": FIT, "trend": BY_GENE},
    "spectra_count_e_bayes": {"fit": FIT, "count": np.arange(1, N_GENES + 1)},
    "treat": {"fit": FIT},
    "top_table": {"fit": MODERATED, "coef": 1},
    "top_treat": {"fit": TREATED, "coef": 1},
    "decide_tests": {"object": MODERATED},
    "decide_tests, p-values": {"object": np.column_stack([P, P[::-1]])},
    "tidy": {"fit": MODERATED},
    "to_decoupler": {"fit": MODERATED},
    "to_rnk": {"fit": MODERATED, "coef": 1},
    "to_rank_genes_groups": {"fit": MODERATED},
    "to_deseq_columns": {"table": pl.top_table(MODERATED, 1)},
    "duplicate_correlation": {"object": Y, "design": DESIGN, "block": BLOCK},
    "duplicate_correlation, weights": {
        "object": Y,
        "design": DESIGN,
        "block": BLOCK,
        "weights": WEIGHTS,
    },
    "duplicate_correlation, spots": {"object": Y, "design": DESIGN, **SMALL},
    "remove_batch_effect": {"x": Y, "batch": BATCH, "design": DESIGN},
    "remove_batch_effect, covariates": {"x": Y, "covariates": COVARIATE[:, 2]},
    "wsva": {"y": WHOLE, "design": DESIGN},
    "wsva, weights": {"y": WHOLE, "design": DESIGN, "weights": WEIGHTS},
    "wsva, blocks": {"y": WHOLE, "design": DESIGN, "block": BLOCK, "correlation": 0.3},
    "diff_splice": {"fit": FIT, "geneid": np.repeat(np.arange(N_GENES // 4), 4)},
    "top_splice": {"fit": pl.diff_splice(FIT, np.repeat(np.arange(N_GENES // 4), 4))},
    "imageplot": {"z": Y[:, 0], "layout": LAYOUT},
    "plot_fb": {"x": pl.EListRaw(E=np.exp2(Y), Eb=np.exp2(Y))},
    "plot_print_tip_loess": {"object": pl.MAList(M=WHOLE, A=WHOLE), "layout": LAYOUT},
    "plot_printorder": {"object": pl.RGList(R=COUNTS, G=COUNTS), "layout": LAYOUT},
    "plot_upset": {"object": np.sign(np.rint(Y[:, :4]))},
    "plot_splice": {"fit": pl.diff_splice(FIT, np.repeat(np.arange(N_GENES // 4), 4))},
    "plot_exons": {"fit": EXONS, "geneid": "3"},
    "plot_exon_junc": {"fit": pl.diff_splice(EXONS, "GeneID")},
    "genas": {"fit": MODERATED},
    "pred_fcm": {"fit": MODERATED},
    "nested_f_test": {"fit": MODERATED, "reduced": DESIGN[:, :1]},
    "select_model": {"y": WHOLE, "designlist": [COVARIATE, DESIGN]},
    "lmsc_fit": {
        "object": pl.MAList({"M": WHOLE, "A": WHOLE}),
        "design": np.ones((20, 1)),
        "correlation": 0.3,
    },
    "intraspot_correlation": {
        "object": pl.MAList({"M": WHOLE, "A": WHOLE}),
        "design": np.ones((20, 1)),
    },
    "classify_tests_f": {"object": T, "df": 20.0},
    "prop_true_null": {"p": P},
    "convest": {"p": P, "niter": 3},
    "p_adjust": {"p": P},
    "mds": {"x": WHOLE},
    "rldf": {"y": WHOLE, "design": DESIGN, "z": WHOLE[:, :3]},
    "squeeze_var": {"var": VARIANCES, "df": FREEDOM},
    "squeeze_var, covariate": {"var": VARIANCES, "df": 4.0, "covariate": BY_GENE},
    "fit_f_dist": {"x": VARIANCES, "df1": 4, "covariate": BY_GENE},
    "fit_f_dist_robustly": {"x": VARIANCES, "df1": 4, "covariate": BY_GENE},
    "fit_f_dist_unequal_df1": {"x": VARIANCES, "df1": FREEDOM, "covariate": BY_GENE},
    "fit_gamma_intercept": {"y": VARIANCES, "offset": VARIANCES[::-1].copy()},
    "tmixture_matrix": {**STATISTICS, "proportion": 0.1},
    "tmixture_vector": {
        "tstat": T[:, 0],
        "stdev_unscaled": np.ones(N_GENES),
        "df": FREEDOM,
        "proportion": 0.1,
    },
    "is_fullrank": {"x": DESIGN},
    "non_estimable": {"x": DESIGN},
    "contrast_as_coef": {"design": DESIGN, "contrast": np.array([0.0, 1])},
    "design_i2m": {"design": DESIGN},
    "design_i2a": {"design": DESIGN},
    "as_matrix_weights": {"weights": BY_SAMPLE, "dim": (N_GENES, N_SAMPLES)},
    "as_matrix_weights, matrix": {"weights": WEIGHTS},
    "modify_weights": {
        "weights": WEIGHTS,
        "status": list("ab") * (N_GENES // 2),
        "values": ["a"],
        "multipliers": [2.0],
    },
    "get_eawp": {"object": Y},
    "unwrapdups": {"M": Y, **SMALL},
    "avedups": {"x": Y, **SMALL},
    "uniquegenelist": {"genelist": np.arange(N_GENES), **SMALL},
    "get_dup_spacing": {"ID": np.arange(N_GENES) // 2},
    "qqt": {"y": NOISE},
    "qqf": {"y": VARIANCES, "df1": 2, "df2": 4},
    "au_roc": {"truth": np.arange(N_GENES) % 2, "stat": NOISE},
    "weighted_median": {"x": NOISE, "w": BY_GENE},
    "bwss": {"x": WHOLE[0], "group": GROUP},
    "bwss_matrix": {"x": Y},
    "pool_var": {"var": VARIANCES, "df": FREEDOM, "multiplier": BY_GENE},
    "goana": {"de": MODERATED, "coef": 1, "geneid": IDS, "gene_pathway": TERMS, "fdr": 0.9},
    "kegga": {"de": IDS[:9], "universe": IDS, "covariate": BY_GENE, "gene_pathway": TERMS},
    "kegga, probabilities": {
        "de": IDS[:9],
        "universe": IDS,
        "null_prob": BY_GENE,
        "gene_pathway": TERMS,
    },
    "goana_trend": {"index_de": BY_GENE > 1.5, "covariate": LENGTHS},
    "top_go": {"results": ENRICHED},
    "top_kegg": {"results": ENRICHED},
    "venn_counts": {"x": np.sign(WHOLE[:, :3] - 8)},
    "camera": {"y": WHOLE, "index": SETS_OF_GENES, "design": DESIGN, "inter_gene_cor": None},
    "camera, weights": {"y": WHOLE, "index": SETS_OF_GENES, "design": DESIGN, "weights": WEIGHTS},
    "camera_pr": {"statistic": NOISE, "index": SETS_OF_GENES},
    "inter_gene_correlation": {"y": WHOLE, "design": DESIGN},
    "rank_sum_test_with_correlation": {"index": SETS_OF_GENES["b"], "statistics": NOISE},
    "gene_set_test": {"index": SETS_OF_GENES["b"], "statistics": NOISE, "alternative": "up"},
    "wilcox_gst": {"index": SETS_OF_GENES["b"], "statistics": NOISE},
    "roast": {"y": WHOLE, "index": SETS_OF_GENES["b"], "design": DESIGN, "nrot": 99, "rng": 1},
    "mroast": {"y": WHOLE, "index": SETS_OF_GENES, "design": DESIGN, "nrot": 99, "rng": 1},
    "romer": {"y": WHOLE, "index": SETS_OF_GENES, "design": DESIGN, "nrot": 99, "rng": 1},
    "fry": {"y": WHOLE, "index": SETS_OF_GENES, "design": DESIGN, "gene_weights": BY_GENE},
    "zscore": {"q": NOISE, "distribution": "t", "df": FREEDOM},
    "zscore_t": {"x": NOISE, "df": FREEDOM},
    "t_zscore": {"z": NOISE, "df": FREEDOM},
    "zscore_gamma": {"q": VARIANCES, "shape": FREEDOM},
    "zscore_hyper": {"q": np.arange(1.0, 5), "m": np.full(4, 9.0), "n": 9, "k": 5},
    "logcosh": {"x": NOISE},
    "logmdigamma": {"x": VARIANCES},
    "trigamma_inverse": {"x": VARIANCES},
    "choose_lowess_span": {"n": FREEDOM * 100},
    "tricube_moving_average": {"x": NOISE},
    "lowess": {"x": X, "y": NOISE},
    "loess_fit": {"y": NOISE, "x": X, "weights": BY_GENE},
    "weighted_lowess": {"x": X, "y": NOISE, "weights": BY_GENE},
    "fitmixture": {"log2e": WHOLE[:4], "mixprop": single(np.linspace(0.1, 0.9, N_SAMPLES))},
    "array_weights": {"object": Y, "design": DESIGN},
    "array_weights, gene by gene": {"object": Y, "design": COVARIATE, "method": "genebygene"},
    "array_weights, weights": {"object": Y, "design": DESIGN, "weights": WEIGHTS},
    "array_weights_quick": {"y": WHOLE, "fit": FIT},
    "printtip_weights": {"object": Y, "design": DESIGN, "layout": LAYOUT},
    "bead_count_weights": {
        "y": WHOLE,
        "x": 2**WHOLE,
        "design": DESIGN,
        "bead_stdev": DEVIATIONS,
        "nbeads": BEADS,
    },
    "normalize_between_arrays": {"object": Y, "method": "quantile"},
    "normalize_between_samples": {"object": Y, "method": "quantile"},
    "normalize_cyclic_loess": {"x": Y},
    "normalize_median_abs_values": {"x": Y},
    "normalize_median_values": {"x": Y},
    "normalize_quantiles": {"A": Y},
    "vooma": {"y": Y, "design": DESIGN},
    "vooma, blocks": {"y": Y, "design": DESIGN, "block": BLOCK, "correlation": 0.3},
    "vooma, predictor": {"y": WHOLE, "design": DESIGN, "predictor": WEIGHTS},
    "vooma_by_group": {"y": Y, "group": GROUP},
    "vooma_lm_fit": {"y": Y, "design": DESIGN, "block": BLOCK, "sample_weights": True},
    "voom": {"counts": FRACTIONAL, "design": DESIGN, "lib_size": SIZES},
    "voom, offsets": {"counts": COUNTS, "design": DESIGN, "offset": OFFSETS},
    "voom_lm_fit": {"counts": COUNTS, "design": DESIGN, "block": BLOCK, "sample_weights": True},
    "voom_with_quality_weights": {"counts": FRACTIONAL, "design": DESIGN},
    "analyze": {"counts": COUNTS, "samples": SAMPLES, "formula": "~ group"},
    "analyze, sets": {
        "counts": COUNTS,
        "samples": SAMPLES,
        "formula": "~ group",
        "sets": {"a": range(9), "b": range(20, 40)},
        "filter": False,
    },
    "cpm": {"y": FRACTIONAL},
    "cpm, log": {"y": FRACTIONAL, "log": True, "prior_count": BY_GENE},
    "rpkm": {"y": COUNTS, "gene_length": LENGTHS, "lib_size": SIZES},
    "tpm": {"y": COUNTS, "gene_length": LENGTHS},
    "add_prior_count": {"y": FRACTIONAL, "offset": LOG_SIZES},
    "ave_log_cpm": {"y": FRACTIONAL, "dispersion": VARIANCES},
    "cpm_by_group": {"y": COUNTS, "group": GROUP},
    "rpkm_by_group": {"y": COUNTS, "group": GROUP, "gene_length": LENGTHS},
    "filter_by_expr": {"y": FRACTIONAL, "design": DESIGN, "lib_size": SIZES},
    "filter_by_cpm": {"y": FRACTIONAL, "group": GROUP},
    "norm_lib_sizes": {"object": FRACTIONAL},
    "norm_lib_sizes, RLE": {"object": FRACTIONAL, "method": "RLE"},
    "sum_tech_reps": {"x": COUNTS, "id": GROUP},
    "as_dge_list": {"data": FRACTIONAL, "samples": SAMPLES},
    # objects
    "cbind": (pl.EList({"E": Y}), pl.EList({"E": WHOLE})),
    "rbind": (pl.EList({"E": Y}), pl.EList({"E": WHOLE})),
    # pictures
    "barcodeplot": {"statistics": NOISE, "index": np.arange(9), "gene_weights": BY_GENE[:9]},
    "coolmap": {"x": WHOLE},
    "heat_diagram": {"results": CALLS_OF, "coef": MODERATED["coefficients"]},
    "mdplot": {"x": Y},
    "plot_densities": {"object": Y},
    "plot_library_sizes": {"counts": COUNTS},
    "plot_ma": {"object": Y},
    "plot_md": {"object": Y, "column": 1},
    "plot_mds": {"x": WHOLE},
    "plot_p_values": {"fit": P},
    "plot_rldf": {"y": WHOLE, "design": DESIGN},
    "plot_sa": {"fit": MODERATED},
    "plot_sample_weights": {"weights": BY_SAMPLE},
    "plot_sets": {"table": SETS},
    "plot_top_genes": {"fit": MODERATED, "E": WHOLE, "coef": 1},
    "plot_with_highlights": {"x": X, "y": NOISE},
    "plotlines": {"x": WHOLE},
    "venn_diagram": {"object": np.sign(WHOLE[:, :3] - 8)},
    "volcanoplot": {"fit": MODERATED, "coef": 1},
}
CALLS |= MISSING_CALLS | MANY_GROUPS
# Functions without numbers of the user: files, names, formulas, and what has tests of its own.
NO_DATA = {
    *WITHOUT_DATA,
    *WITH_OBJECTS,
    *CALLS_OF_BEADS,
    *("catch_oarfish", "read_oarfish", "read_piscem"),
    *("catch_kallisto", "catch_rsem", "catch_salmon", "read_10x", "read_counts", "read_dge"),
    *("read_alphadia", "read_diann", "read_fragpipe", "read_maxquant", "read_spectronaut"),
    *(
        "read_feature_counts",
        "read_kallisto",
        "read_rsem",
        "read_salmon",
        "write_fit",
        "write_tidy",
    ),
    *("read_generic_header", "read_gpr_header", "read_imagene_header", "read_smd_header"),
    *("read_imagene", "read_maimages"),
    *("imageplot3by2", "plot_ma3by2", "plot_variance_fractions"),
    *("mammary", "yoruba", "simulate_counts", "merge", "get_spacing", "cum_overlap"),
    *("make_contrasts", "model_matrix", "describe_design", "describe_contrast", "all_pairs"),
    "show_design",
    *("against_control", "against_rest", "two_color_design", "unique_targets", "targets_a2c"),
    *("ids2indices", "read_gene_sets", "read_gmt", "read_gaf", "read_obo"),
    *("get_gene_kegg_links", "get_kegg_pathway_names", "alias2symbol", "alias2symbol_table"),
    *("alias2symbol_using_ncbi", "top_romer"),
    *("fit_from_anndata", "fit_to_anndata", "pseudobulk", "analyze_pseudobulk"),
}


def run(name, arguments):
    """Result of a call; pictures are closed and give nothing."""
    function = getattr(pl, name.split(",")[0])
    result = function(**arguments) if isinstance(arguments, Mapping) else function(*arguments)
    if plt.get_fignums():
        plt.close("all")
        return None
    return result


def leaves(value, path=""):
    """Every array, Series and DataFrame of a result or an argument, by the way to it."""
    if isinstance(value, np.ndarray | pd.DataFrame | pd.Series | float | int):
        yield path, value
    elif isinstance(value, Mapping | Record | Components):
        items = value.items() if hasattr(value, "items") else ((k, value[k]) for k in value)
        for name, item in items:
            yield from leaves(item, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from leaves(item, f"{path}[{place}]")
    elif hasattr(value, "values") and isinstance(value.values, np.ndarray):
        yield path, value.values
