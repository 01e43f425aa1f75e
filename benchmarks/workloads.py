"""The table of workloads: the same lines in Python and R, on the same inputs.

The last two texts of a row are timed; what they give is added up, so that both are seen to compute
the same. The pair before them prepares and is not timed. A row with `files` reads real data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from inputs import Arrays, counts, exons, expression, intensities, points, sets, variances
from real_data import (
    ANALYSIS,
    COMMAND,
    EXONS,
    FIRST_RESULT,
    MAMMARY,
    READ_YORUBA,
    SWIRL,
    TERMS,
    TUTORIAL,
    TUTORIAL_ARRAYS,
)
from workload import Pair, Workload

WORKLOADS: list[Workload] = []


def add(name: str, inputs: Any, python: str, r: str | None, prepare: Pair = ("", ""), **how: Any):
    """Add a row; `inputs` is a function of the data, or a pair of it and its sizes."""
    make, sizes = inputs if isinstance(inputs, tuple) else (inputs, {})
    WORKLOADS.append(Workload(name, make, sizes, python, r, prepare, **how))


def of(make: Callable[..., Arrays], **sizes: int) -> tuple[Callable[..., Arrays], dict[str, int]]:
    """Inputs of given sizes."""
    return make, sizes


# Linear models
# fmt: off
WIDE = of(expression, samples=60, groups=6)
PAIRED = of(expression, genes=10_000)
FITTED = ("fit = lm_fit(y, design)", "fit <- lmFit(y, design)")
HOLES = ("fit = lm_fit(holes, design)", "fit <- lmFit(holes, design)")
CONTRASTS = (
    "fit = contrasts_fit(lm_fit(y, design), pairs)",
    "fit <- contrasts.fit(lmFit(y, design), pairs)",
)
MODERATED = (
    "fit = e_bayes(contrasts_fit(lm_fit(y, design), pairs))",
    "fit <- eBayes(contrasts.fit(lmFit(y, design), pairs))",
)
add("lm_fit", of(expression, samples=60, groups=6),
    "lm_fit(y, design)['coefficients']",
    "lmFit(y, design)$coefficients", grows=("genes", "samples", "groups"))
add("lm_fit, weights", WIDE,
    "lm_fit(y, design, weights=w)['coefficients']",
    "lmFit(y, design, weights = w)$coefficients", grows=("genes", "samples", "groups"))
add("lm_fit, missing values", WIDE,
    "lm_fit(holes, design)['coefficients']",
    "lmFit(holes, design)$coefficients")
add("lm_fit, robust", of(expression, genes=2000, samples=20, groups=4),
    "lm_fit(y, design, method='robust')['coefficients']",
    "lmFit(y, design, method = 'robust')$coefficients")
add("lm_fit, blocks", PAIRED,
    "lm_fit(y, design, block=block, correlation=0.3)['coefficients']",
    "lmFit(y, design, block = block, correlation = 0.3)$coefficients")
add("lm_fit, blocks and weights", PAIRED,
    "lm_fit(y, design, block=block, correlation=0.3, weights=w)['coefficients']",
    "lmFit(y, design, block = block, correlation = 0.3, weights = w)$coefficients")
add("lm_fit, duplicate spots", PAIRED,
    "lm_fit(y, design, ndups=2, correlation=0.5)['coefficients']",
    "lmFit(y, design, ndups = 2, correlation = 0.5)$coefficients")
add("lm_fit, random effects", of(expression, genes=60, samples=30, groups=2, subjects=10),
    "lm_fit(y, '~ group + (1 | block)', samples=samples)['coefficients']",
    "t(apply(y, 1, function(v) lme4::fixef(lme4::lmer(v ~ g + (1 | b)))))",
    ("samples = pd.DataFrame({'group': group.astype(str), 'block': block.astype(str)})",
     "g <- factor(group); b <- factor(block); requireNamespace('lme4')"), random=True)
add("lm_fit + e_bayes, 500,000 × 200", of(expression, genes=500_000, samples=200, groups=4),
    "e_bayes(lm_fit(y, design))['t']",
    "eBayes(lmFit(y, design))$t", large=True)
add("contrasts_fit", WIDE,
    "contrasts_fit(fit, pairs)['stdev_unscaled']",
    "contrasts.fit(fit, pairs)$stdev.unscaled", FITTED)
add("contrasts_fit, missing values", WIDE,
    "contrasts_fit(fit, pairs)['coefficients']",
    "contrasts.fit(fit, pairs)$coefficients", HOLES)

# Moderation
add("e_bayes", expression,
    "e_bayes(fit)['t']",
    "eBayes(fit)$t", CONTRASTS, grows=("genes", "contrasts"))
add("e_bayes, unequal df", expression,
    "e_bayes(fit)['t']",
    "eBayes(fit)$t", HOLES)
add("e_bayes, trend", expression,
    "e_bayes(fit, trend=True)['t']",
    "eBayes(fit, trend = TRUE)$t", CONTRASTS)
add("e_bayes, robust", expression,
    "e_bayes(fit, robust=True)['t']",
    "eBayes(fit, robust = TRUE)$t", CONTRASTS)
add("e_bayes, trend and robust", expression,
    "e_bayes(fit, trend=True, robust=True)['t']",
    "eBayes(fit, trend = TRUE, robust = TRUE)$t", CONTRASTS)
add("treat", expression,
    "treat(fit, lfc=0.5)['p_value']",
    "treat(fit, lfc = 0.5)$p.value", CONTRASTS)
add("lm_fit + e_bayes, 1,275 contrasts", of(expression, samples=102, groups=51, contrasts=1275),
    "e_bayes(fit)['p_value'][:, 0]",
    "eBayes(fit)$p.value[, 1]", CONTRASTS, large=True)
add("squeeze_var", variances,
    "squeeze_var(s2, df=8)['var_post']",
    "squeezeVar(s2, 8)$var.post")
add("squeeze_var, unequal df", variances,
    "squeeze_var(s2_unequal, df)['var_post']",
    "squeezeVar(s2_unequal, df)$var.post")
add("squeeze_var, trend and unequal df", variances,
    "squeeze_var(s2_unequal, df, covariate=mean)['var_post']",
    "squeezeVar(s2_unequal, df, covariate = mean)$var.post")

# Results
add("top_table, all genes", expression,
    "top_table(fit, coef=0, number=None)['p_value']",
    "topTable(fit, coef = 1, number = Inf)$P.Value", MODERATED, grows=("genes",))
add("top_table, F", expression,
    "top_table(fit, number=None)['p_value']",
    "topTable(fit, number = Inf)$P.Value", MODERATED)
for method in ("separate", "global", "hierarchical", "nestedF"):
    add(f"decide_tests, {method}", expression,
        f"decide_tests(fit, method='{method}')",
        f"unclass(decideTests(fit, method = '{method}'))", MODERATED)

# Correlations and weights
TWO = of(counts, genes=15_000)
LOGGED = (
    "y = np.log2(counts + 0.5)",
    "y <- log2(counts + 0.5)",
)
add("duplicate_correlation, blocks", PAIRED,
    "duplicate_correlation(y, design, block=block)['consensus_correlation']",
    "duplicateCorrelation(y, design, block = block)$consensus")
add("duplicate_correlation, weights", PAIRED,
    "duplicate_correlation(y, design, block=block, weights=w)['consensus_correlation']",
    "duplicateCorrelation(y, design, block = block, weights = w)$consensus")
add("array_weights, gene by gene", TWO,
    "array_weights(v, design, method='genebygene')",
    "arrayWeights(v, design, method = 'genebygene')",
    ("v = voom(counts, design)", "v <- voom(counts, design)"))
add("array_weights, REML", TWO,
    "array_weights(y, design, method='reml')",
    "arrayWeights(y, design, method = 'reml')", LOGGED)
add("voom", of(counts),
    "voom(counts, design)['weights']",
    "voom(counts, design)$weights", grows=("genes", "samples"))
add("voom, 30,000 × 1,000", of(counts, genes=30_000, samples=1000),
    "voom(counts, design)['weights']",
    "voom(counts, design)$weights", large=True)
add("voom_with_quality_weights", TWO,
    "voom_with_quality_weights(counts, design)['weights']",
    "voomWithQualityWeights(counts, design)$weights")
add("voom_lm_fit, zeros", of(counts, genes=15_000, zeros=2000),
    "voom_lm_fit(counts, design)['sigma']",
    "voomLmFit(counts, design)$sigma")
add("voom_lm_fit, blocks and sample weights", of(counts, genes=6000),
    "voom_lm_fit(counts, design, block=block, sample_weights=True)['coefficients']",
    "voomLmFit(counts, design, block = block, sample.weights = TRUE)$coefficients",
    grows=("genes",))
add("vooma", expression,
    "vooma(y, design)['weights']",
    "vooma(y, design)$weights")
add("vooma_lm_fit", expression,
    "vooma_lm_fit(y, design)['coefficients']",
    "voomaLmFit(y, design)$coefficients")
add("wsva", expression,
    "wsva(y, design, n_sv=2)",
    "wsva(y, design, n.sv = 2)")

# Counts
MANY = of(counts, genes=20_000, samples=100)
for method in ("TMM", "TMMwsp", "RLE", "upperquartile"):
    add(f"norm_lib_sizes, {method}", MANY,
        f"norm_lib_sizes(counts, method='{method}')",
        f"calcNormFactors(counts, method = '{method}')")
add("cpm", MANY, "cpm(counts)", "cpm(counts)")
add("cpm, log2", MANY, "cpm(counts, log=True)", "cpm(counts, log = TRUE)")
add(
    "filter_by_expr",
    MANY,
    "filter_by_expr(counts, group=group)",
    "filterByExpr(counts, group = group)",
)

# Normalisation and smoothing
ARRAYS = of(expression, samples=24)
add("remove_batch_effect", WIDE,
    "remove_batch_effect(y, batch=batch, design=design)",
    "removeBatchEffect(y, batch = batch, design = design)")
for method in ("quantile", "scale", "cyclicloess"):
    add(f"normalize_between_arrays, {method}", ARRAYS,
        f"normalize_between_arrays(y, method='{method}')",
        f"normalizeBetweenArrays(y, method = '{method}')")
add("loess_fit", points, "loess_fit(y, x)['fitted']", "loessFit(y, x)$fitted")
add("loess_fit, weights", points,
    "loess_fit(y, x, weights=w)['fitted']",
    "loessFit(y, x, weights = w)$fitted")
add("lowess", points, "lowess(x, y)['y']", "lowess(x, y)$y")
add("weighted_lowess", points,
    "weighted_lowess(x, y, weights=w)['fitted']",
    "weightedLowess(x, y, weights = w)$fitted")
add("background_correct, normexp", intensities,
    "background_correct(raw, method='normexp', verbose=False)",
    "backgroundCorrect(raw, method = 'normexp', verbose = FALSE)")
add("neqc", intensities,
    "neqc(raw, status=kinds)",
    "neqc(raw, status = kinds)",
    ("kinds = np.array(['regular', 'negative'])[status]",
     "kinds <- c('regular', 'negative')[status + 1]"))
add("plot_mds, the computation", of(expression, samples=60),
    "mds(y)['x']",
    "plotMDS(y, plot = FALSE)$x", grows=("genes", "samples"))

# Gene sets
INDEX = (
    "index = split(gene_of, set_of); contrast = np.array([-1.0, 1.0])",
    "index <- split(gene_of + 1L, set_of); contrast <- c(-1, 1)",
)
FEW = of(sets, genes=5000, sets=50)
add("camera", sets,
    "camera(y, index, design, contrast, sort=False)['p_value']",
    "camera(y, index, design, contrast, sort = FALSE)$PValue", INDEX, grows=("genes", "sets"))
add("camera, correlation estimated", sets,
    "camera(y, index, design, contrast, inter_gene_cor=None, sort=False)['p_value']",
    "camera(y, index, design, contrast, inter.gene.cor = NA, sort = FALSE)$PValue", INDEX)
add("camera, ranks", of(sets, sets=200),
    "camera(y, index, design, contrast, use_ranks=True, sort=False)['p_value']",
    "camera(y, index, design, contrast, use.ranks = TRUE, sort = FALSE)$PValue", INDEX)
add("camera_pr", sets,
    "camera_pr(statistic, index, sort=False)['p_value']",
    "cameraPR(statistic, index, sort = FALSE)$PValue", INDEX)
add("fry", sets,
    "fry(y, index, design, contrast, sort=False)['p_value']",
    "fry(y, index, design, contrast, sort = 'none')$PValue", INDEX, grows=("genes", "sets"))
add("roast", sets,
    "roast(y, index['0'], design, contrast, rng=1)['p_value']['p_value']",
    "roast(y, index[[1]], design, contrast)$p.value$P.Value", INDEX, random=True)
add("mroast", of(sets, sets=50),
    "mroast(y, index, design, contrast, rng=1)['p_value']",
    "mroast(y, index, design, contrast)$PValue", INDEX, random=True)
add("romer", FEW,
    "romer(y, index, design, contrast, nrot=999, rng=1)",
    "romer(y, index, design, contrast, nrot = 999)", INDEX, random=True)
add("rank_sum_test_with_correlation, 200 sets", of(sets, sets=200),
    "[rank_sum_test_with_correlation(s, statistic, 0.05) for s in index.values()]",
    "sapply(index, rankSumTestWithCorrelation, statistic, 0.05)", INDEX)
LINKS = (
    """
links = pd.DataFrame({"gene": gene_of.astype(str), "term": set_of.astype(str)})
terms = pd.DataFrame({"term": links["term"].unique(), "name": links["term"].unique()})
universe = np.arange(len(statistic)).astype(str)
genes = listed.astype(str)
""",
    """
links <- data.frame(gene = as.character(gene_of), term = as.character(set_of))
terms <- data.frame(term = unique(links$term), name = unique(links$term))
universe <- as.character(seq_along(statistic) - 1)
genes <- as.character(listed)
""",
)
add("kegga", sets,
    "kegga(genes, universe, gene_pathway=links, pathway_names=terms)['p_de']",
    "kegga(genes, universe, gene.pathway = links, pathway.names = terms)$P.DE", LINKS)
add("kegga, covariate", of(sets, sets=200),
    "kegga(genes, universe, gene_pathway=links, pathway_names=terms, covariate=bias)['p_de']",
    "kegga(genes, universe, gene.pathway = links, pathway.names = terms, covariate = bias)$P.DE",
    LINKS)

# Splicing and statistics
SPLICE = (
    "fit = diff_splice(lm_fit(y, design), owner.astype(str), verbose=False)",
    "fit <- diffSplice(lmFit(y, design), as.character(owner), verbose = FALSE)",
)
add("diff_splice", exons,
    "diff_splice(fit, genes, verbose=False)['coefficients']",
    "diffSplice(fit, genes, verbose = FALSE)$coefficients",
    ("fit = lm_fit(y, design); genes = owner.astype(str)",
     "fit <- lmFit(y, design); genes <- as.character(owner)"))
for test in ("F", "simes", "t"):
    add(f"top_splice, {test}", exons,
        f"top_splice(fit, coef=1, test='{test}', number=None)['p_value']",
        f"topSplice(fit, coef = 2, test = '{test}', number = Inf)$P.Value", SPLICE)
add("genas", expression,
    "genas(fit, coef=[0, 1])['technical_correlation']",
    "genas(fit, coef = c(1, 2))$technical.correlation", MODERATED)
add("pred_fcm", expression,
    "pred_fcm(fit, coef=0)",
    "predFCm(fit, coef = 1)", MODERATED)
for method in ("lfdr", "mean", "hist", "convest"):
    add(f"prop_true_null, {method}", points,
        f"prop_true_null(p, method='{method}')",
        f"propTrueNull(p, method = '{method}')")
add("select_model", expression,
    "select_model(y, [design, design[:, :1]])['pref'].value_counts().sort_index()",
    "table(selectModel(y, list(design, design[, 1, drop = FALSE]))$pref)")

# Proteomics: no counterpart in limma
PEPTIDES = of(expression, genes=4000, samples=12, groups=2, contrasts=1)
PROTEINS = ("proteins = np.arange(len(y)) // 4; seen = np.where(y > 7, y, np.nan)", "")
add("dpc", PEPTIDES, "dpc(seen)['dpc']", None, PROTEINS)
add("dpc_quant", PEPTIDES,
    "dpc_quant(seen, proteins, dpc_slope=0.7, verbose=False)['E']", None, PROTEINS)

# Real data
YORUBA = ("data/yoruba_counts.csv.gz", "data/yoruba_targets.csv")
SPOTS = tuple(f"real/swirl/swirl.{n}.spot.gz" for n in range(1, 5))
GO = tuple(f"real/goslim_arabidopsis/{name}" for name in ("slim_association.txt.gz", "study.txt"))
BINS = tuple(f"real/pasilla_exons/treated{n}fb.txt.gz" for n in range(1, 4))
MSIGDB = ("real/msigdb_mammary/voom_E.csv.gz", "real/msigdb_mammary/Mm.c2.rdata")
add("tutorial", None, *ANALYSIS, TUTORIAL, files=YORUBA)
add("tutorial, its arrays read and written once", None, *TUTORIAL_ARRAYS, TUTORIAL, files=YORUBA)
add("read_maimages, 4 SPOT files", None,
    "read_maimages(spots, source='spot')['R']",
    "read.maimages(spots, source = 'spot')$R", SWIRL, files=SPOTS)
add("background_correct, swirl", None,
    "background_correct(raw, method='normexp', offset=50, verbose=False)['R']",
    "backgroundCorrect(raw, method = 'normexp', offset = 50, verbose = FALSE)$R",
    SWIRL, files=SPOTS)
add("normalize_within_arrays, print tips", None,
    "normalize_within_arrays(raw)['M']",
    "normalizeWithinArrays(raw)$M", SWIRL, files=SPOTS)
add("camera, 4,729 sets of MSigDB", None,
    "camera(v, index, design, contrast, sort=False)['p_value']",
    "camera(v, index, design, contrast, sort = FALSE)$PValue", MAMMARY, files=MSIGDB)
add("fry, 4,729 sets of MSigDB", None,
    "fry(v, index, design, contrast, sort=False)['p_value']",
    "fry(v, index, design, contrast, sort = 'none')$PValue", MAMMARY, files=MSIGDB)
add("ids2indices, 4,729 sets of MSigDB", None,
    "sum(map(len, ids2indices(gene_sets, genes).values()))",
    "sum(lengths(ids2indices(gene_sets, genes)))", MAMMARY, files=MSIGDB)
add("goana's arithmetic, GO slim", None,
    "goana(genes, universe, gene_pathway=links)['p_de']",
    "kegga(genes, universe, TRUE, gene.pathway = links, pathway.names = terms)$P.DE",
    TERMS, files=GO)
add("diff_splice, pasilla", None,
    "diff_splice(fit, genes, verbose=False)['coefficients']",
    "diffSplice(fit, genes, verbose = FALSE)$coefficients", EXONS, files=BINS)

# Whole processes
add("process: from start to the first result", None, *FIRST_RESULT, whole=True)
add("process: tutorial, files read", None, *READ_YORUBA, files=YORUBA, whole=True)
add("process: pylimma run, a whole analysis", None, *COMMAND, files=YORUBA, whole=True)
