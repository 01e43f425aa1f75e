"""What has names is matched by them, in every public function; missing labels are refused."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import InputError, InputWarning, Note, PylimmaError, UnknownNameError

RNG = np.random.default_rng(3)
GENES = pd.Index([f"g{k}" for k in range(40)])
SAMPLES = pd.Index([f"s{k}" for k in range(8)])
GROUP = pd.Series(list("aaaabbbb"), index=SAMPLES, name="group")
BATCH = pd.Series(list("xyxyxyxy"), index=SAMPLES, name="batch")
TABLE = pd.concat([GROUP, BATCH], axis=1)
DESIGN = pl.model_matrix("~ group", TABLE)
Y = pd.DataFrame(RNG.normal(8, 1, (40, 8)), GENES, SAMPLES)
COUNTS = pd.DataFrame(RNG.poisson(RNG.lognormal(5, 1, 40)[:, None], (40, 8)), GENES, SAMPLES)
SIZE = COUNTS.sum() * pd.Series(RNG.uniform(0.8, 1.2, 8), SAMPLES)
BY_GENE = pd.Series(RNG.uniform(0.5, 2, 40), GENES)
BY_SAMPLE = pd.Series(RNG.uniform(0.5, 2, 8), SAMPLES)
BOTH = pd.DataFrame(RNG.uniform(0.5, 1.5, (40, 8)), GENES, SAMPLES)
SYMBOLS = pd.Series([f"SYM{k}" for k in range(40)], GENES, name="symbol")
FIT = pl.e_bayes(pl.lm_fit(Y, DESIGN))
TREAT = pl.treat(pl.lm_fit(Y, DESIGN), lfc=0.2)
P = pd.DataFrame(FIT["p_value"], GENES, ["Intercept", "groupb"])


def offset():
    return np.log(COUNTS.sum().to_numpy()) + np.log(BOTH)


def drawn(function, *arguments, **options):
    """Everything that a picture shows."""
    found = function(*arguments, **options)
    shown = []
    for ax in np.ravel(found):
        shown += [t.get_text() for t in ax.texts]
        shown += [t.get_text() for t in [*ax.get_xticklabels(), *ax.get_yticklabels()]]
        shown += [c.get_offsets().tolist() for c in ax.collections if hasattr(c, "get_offsets")]
        shown += [np.asarray(c.get_facecolors()).tolist() for c in ax.collections]
        shown += [
            (p.get_height(), p.get_facecolor()) for p in ax.patches if hasattr(p, "get_height")
        ]
        shown += [(np.asarray(line.get_ydata()).tolist(), line.get_color()) for line in ax.lines]
    plt.close("all")
    return repr(shown)


ONE_A_GENE = {
    "top_table(genelist)": (SYMBOLS, lambda v: pl.top_table(FIT, 1, genelist=v)),
    "top_table(genelist=frame)": (SYMBOLS.to_frame(), lambda v: pl.top_table(FIT, 1, genelist=v)),
    "top_table(F)": (SYMBOLS, lambda v: pl.top_table(FIT, [0, 1], genelist=v)),
    "top_treat(genelist)": (SYMBOLS, lambda v: pl.top_treat(TREAT, 1, genelist=v)),
    "cpm(prior_count)": (BY_GENE, lambda v: pl.cpm(COUNTS, log=True, prior_count=v)),
    "rpkm(gene_length)": (BY_GENE * 1e3, lambda v: pl.rpkm(COUNTS, v)),
    "ave_log_cpm(dispersion)": (BY_GENE, lambda v: pl.ave_log_cpm(COUNTS, dispersion=v)),
    "lm_fit(weights)": (BY_GENE, lambda v: pl.lm_fit(Y, DESIGN, weights=v)["stdev_unscaled"]),
    "e_bayes(trend)": (BY_GENE, lambda v: pl.e_bayes(pl.lm_fit(Y, DESIGN), trend=v)["t"]),
    "vooma(predictor)": (BY_GENE, lambda v: pl.vooma(Y, DESIGN, predictor=v)["weights"]),
    "cyclic_loess(weights)": (BY_GENE, lambda v: pl.normalize_cyclic_loess(Y, weights=v)),
    "analyze(filter)": (
        BY_GENE > 0.9,
        lambda v: pl.analyze(COUNTS, TABLE, "~ 0 + group", "b - a", filter=v).tables["b - a"],
    ),
    "EList(genes)": (SYMBOLS.to_frame(), lambda v: pl.EList(E=Y, genes=v).genes),
    "DGEList(genes)": (SYMBOLS.to_frame(), lambda v: pl.DGEList(COUNTS, genes=v).genes),
    "decide_tests(coefficients)": (
        pd.DataFrame(FIT["coefficients"], GENES, P.columns),
        lambda v: pl.decide_tests(P, p_value=0.5, coefficients=v).to_frame(),
    ),
    "write_fit(results)": (
        pl.decide_tests(FIT, p_value=0.5).to_frame(),
        lambda v: "\n".join(pl.write_fit(FIT, v)),
    ),
    "residuals(y)": (Y, FIT.residuals),
    "volcanoplot(names)": (SYMBOLS, lambda v: drawn(pl.volcanoplot, FIT, 1, names=v, highlight=4)),
    "volcanoplot(status)": (
        BY_GENE > 1.4,
        lambda v: drawn(pl.volcanoplot, FIT, 1, status=v),
    ),
    "plot_md(status)": (BY_GENE > 1.4, lambda v: drawn(pl.plot_md, FIT, 1, status=v)),
    "plot_ma(status)": (BY_GENE > 1.4, lambda v: drawn(pl.plot_ma, Y, 1, status=v)),
    "plot_md(names)": (SYMBOLS, lambda v: drawn(pl.plot_md, Y, 1, names=v, highlight=4)),
    "barcodeplot(gene_weights)": (
        BY_GENE,
        lambda v: drawn(pl.barcodeplot, FIT, coef=1, gene_weights=v),
    ),
    "coolmap(labels)": (SYMBOLS, lambda v: drawn(pl.coolmap, Y, labels=v)),
    "plot_top_genes(labels)": (SYMBOLS, lambda v: drawn(pl.plot_top_genes, FIT, Y, 1, labels=v)),
}
ONE_A_SAMPLE = {
    "DGEList(lib_size)": (SIZE, lambda v: pl.DGEList(COUNTS, lib_size=v).samples),
    "DGEList(norm_factors)": (BY_SAMPLE, lambda v: pl.DGEList(COUNTS, norm_factors=v).samples),
    "DGEList(samples)": (TABLE, lambda v: pl.DGEList(COUNTS, samples=v).samples),
    "EList(targets)": (TABLE, lambda v: pl.EList(E=Y, targets=v).targets),
    "cpm(lib_size)": (SIZE, lambda v: pl.cpm(COUNTS, lib_size=v)),
    "cpm(offset)": (np.log(SIZE), lambda v: pl.cpm(COUNTS, offset=v)),
    "add_prior_count(lib_size)": (SIZE, lambda v: pl.add_prior_count(COUNTS, lib_size=v)),
    "norm_lib_sizes(lib_size)": (SIZE, lambda v: pl.norm_lib_sizes(COUNTS, lib_size=v)),
    "voom(lib_size)": (SIZE, lambda v: pl.voom(COUNTS, DESIGN, lib_size=v)["weights"]),
    "voom(samples)": (TABLE, lambda v: pl.voom(COUNTS, "~ group", samples=v)["weights"]),
    "lm_fit(design)": (DESIGN, lambda v: pl.lm_fit(Y, v)["coefficients"]),
    "lm_fit(weights)": (BY_SAMPLE, lambda v: pl.lm_fit(Y, DESIGN, weights=v)["coefficients"]),
    "remove_batch_effect(covariates)": (
        BY_SAMPLE,
        lambda v: pl.remove_batch_effect(Y, covariates=v),
    ),
    "plot_mds(labels)": (GROUP, lambda v: drawn(pl.plot_mds, Y, labels=v)),
    "plot_mds(col)": (
        GROUP.map({"a": "red", "b": "blue"}),
        lambda v: drawn(pl.plot_mds, Y, pch="o", col=v),
    ),
    "plot_sample_weights(names)": (
        GROUP,
        lambda v: drawn(pl.plot_sample_weights, BY_SAMPLE, names=v),
    ),
}
LABELS = {
    "duplicate_correlation(block)": (
        BATCH,
        lambda v: pl.duplicate_correlation(Y, DESIGN, block=v).consensus_correlation,
    ),
    "voom(block)": (
        BATCH,
        lambda v: pl.voom(COUNTS, DESIGN, block=v, correlation=0.1)["weights"],
    ),
    "analyze(block)": (
        BATCH,
        lambda v: pl.analyze(COUNTS, TABLE, "~ 0 + group", "b - a", block=v).tables["b - a"],
    ),
    "array_weights(var_group)": (BATCH, lambda v: pl.array_weights(Y, DESIGN, var_group=v)),
    "vooma_by_group(group)": (GROUP, lambda v: pl.vooma_by_group(Y, v)["weights"]),
    "remove_batch_effect(batch)": (BATCH, lambda v: pl.remove_batch_effect(Y, batch=v)),
    "remove_batch_effect(batch2)": (BATCH, lambda v: pl.remove_batch_effect(Y, batch2=v)),
    "remove_batch_effect(group)": (
        GROUP,
        lambda v: pl.remove_batch_effect(Y, batch=list("xyxyxyxy"), group=v),
    ),
    "filter_by_expr(group)": (GROUP, lambda v: pl.filter_by_expr(COUNTS, group=v)),
    "cpm_by_group(group)": (GROUP, lambda v: pl.cpm_by_group(COUNTS, group=v)),
    "sum_tech_reps(id)": (BATCH, lambda v: pl.sum_tech_reps(COUNTS, id=v)[["x", "y"]]),
    "DGEList(group)": (GROUP, lambda v: pl.DGEList(COUNTS, group=v).samples),
    "as_dge_list(group)": (GROUP, lambda v: pl.as_dge_list(COUNTS, group=v).samples),
    "rldf(labels_y)": (GROUP, lambda v: pl.rldf(Y, labels_y=v, nprobes=10).training),
    "plot_mds(group)": (GROUP, lambda v: drawn(pl.plot_mds, Y, group=v)),
    "plot_densities(group)": (GROUP, lambda v: drawn(pl.plot_densities, Y, group=v)),
    "plot_library_sizes(group)": (GROUP, lambda v: drawn(pl.plot_library_sizes, COUNTS, group=v)),
    "plot_sample_weights(group)": (
        GROUP,
        lambda v: drawn(pl.plot_sample_weights, BY_SAMPLE, group=v),
    ),
    "coolmap(groups)": (GROUP, lambda v: drawn(pl.coolmap, Y, groups=v)),
    "plot_top_genes(groups)": (GROUP, lambda v: drawn(pl.plot_top_genes, FIT, Y, 1, groups=v)),
}
LABELS["lm_fit(block)"] = (
    BATCH,
    lambda v: pl.lm_fit(Y, DESIGN, block=v, correlation=0.1)["stdev_unscaled"],
)
BOTH_AXES = {
    "lm_fit(weights)": (BOTH, lambda v: pl.lm_fit(Y, DESIGN, weights=v)["coefficients"]),
    "voom(offset_prior)": (
        np.log(BOTH),
        lambda v: pl.voom(COUNTS, DESIGN, offset_prior=v)["weights"],
    ),
    "cpm(offset)": (offset(), lambda v: pl.cpm(COUNTS, offset=v)),
    "DGEList(offset)": (offset(), lambda v: pl.DGEList(COUNTS, offset=v)["offset"]),
    "ave_log_cpm(weights)": (BOTH, lambda v: pl.ave_log_cpm(COUNTS, weights=v)),
    "vooma(predictor)": (BOTH, lambda v: pl.vooma(Y, DESIGN, predictor=v)["weights"]),
}


def shuffled(value):
    order = np.random.default_rng(7).permutation(len(value))
    return value.iloc[order]


def renamed(value):
    return value.rename(index=lambda name: f"z{name}" if name in ("g1", "s1") else name)


def same(one, other):
    if isinstance(one, str | float):
        return one == other
    return np.array_equal(np.asarray(one), np.asarray(other)) or pd.DataFrame(one).equals(
        pd.DataFrame(other)
    )


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
@pytest.mark.parametrize(
    ("value", "call"),
    [*ONE_A_GENE.values(), *ONE_A_SAMPLE.values(), *LABELS.values(), *BOTH_AXES.values()],
    ids=[*ONE_A_GENE, *ONE_A_SAMPLE, *LABELS, *BOTH_AXES],
)
def test_order_does_not_matter_and_other_names_are_refused(value, call):
    assert same(call(value), call(shuffled(value)))
    with pytest.raises(UnknownNameError, match=r"missing: '[gs]1'; not in the data: 'z[gs]1'"):
        call(renamed(value))


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
@pytest.mark.parametrize("call", [x[1] for x in BOTH_AXES.values()], ids=list(BOTH_AXES))
def test_columns_in_another_order_do_not_matter(call):
    value = next(v for v, c in BOTH_AXES.values() if c is call)
    assert same(call(value), call(value.iloc[:, ::-1]))


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT], ids=["None", "nan", "NA", "NaT"])
@pytest.mark.parametrize(("value", "call"), LABELS.values(), ids=list(LABELS))
def test_a_missing_label_is_an_error_that_names_the_sample(value, call, missing):
    labels = [missing if name == "s2" else label for name, label in value.items()]
    for given in (labels, pd.Series(labels, index=SAMPLES, dtype=object)):
        with pytest.raises(InputError, match=r"missing for samples '(s2|2)'"):
            call(given)


@pytest.mark.filterwarnings("ignore::pylimma.errors.Note")
def test_levels_that_differ_in_case_or_blanks_are_named():
    batch = ["ctl", "CTL ", "ctl", "x", "x", "ctl", "x", "x"]
    with pytest.warns(InputWarning, match=r"Levels 'ctl', 'CTL ' of `batch` differ only"):
        pl.remove_batch_effect(Y, batch=batch)


LIKE = pd.DataFrame({"group": ["ctl", "CTL ", "ctl", "x", "x", "ctl", "x", "x"]}, SAMPLES)


@pytest.mark.filterwarnings("ignore::pylimma.errors.Note")
@pytest.mark.parametrize(
    "call",
    [
        lambda: pl.lm_fit(Y, "~ group", samples=LIKE),
        lambda: pl.lm_fit(Y, "~ factor(group) + 0", samples=LIKE),
        lambda: pl.lm_fit(Y, "~ group", samples=LIKE.astype("category")),
        lambda: pl.model_matrix("~ group", LIKE),
        lambda: pl.voom(COUNTS, "~ group", samples=LIKE),
        lambda: pl.DGEList(COUNTS, samples=LIKE),
        lambda: pl.filter_by_expr(COUNTS, group=LIKE["group"]),
    ],
)
def test_levels_of_a_formula_that_differ_in_case_or_blanks_are_named(call):
    with pytest.warns(InputWarning, match="Levels .*'CTL '.* differ only in case or blanks"):
        call()


@pytest.mark.parametrize(
    "names",
    [
        range(1, 9),
        [*map(str, range(1, 9))],
        [f"{k:03d}" for k in range(1, 9)],
        range(8),
        range(11, 19),
    ],
    ids=["1..8", "'1'..'8'", "001", "0..7", "11..18"],
)
def test_samples_called_by_numbers_are_matched_by_name(names):
    data, table = Y.set_axis(names, axis=1), TABLE.set_axis(names, axis=0)
    right = pl.lm_fit(data, "~ group", samples=table)["coefficients"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Note)
        other = pl.lm_fit(data, "~ group", samples=shuffled(table))["coefficients"]
    np.testing.assert_array_equal(right, other)


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(40),
        pd.RangeIndex(1, 41),
        pd.RangeIndex(80, 0, -2),
        pd.Index([f"{k:010d}" for k in range(40)]),
        pd.Index([f"{k}.10" for k in range(40)]),
        pd.Index(["1E5", "TRUE", "NA", "100.10", *map(str, range(36))]),
        pd.date_range("2020-01-01", periods=40),
        pd.Index(np.arange(40) + 0.5),
    ],
    ids=["0..", "1..", "falling", "0001", "x.10", "like numbers", "dates", "floats"],
)
def test_row_labels_of_results_are_the_callers_own(index):
    data = Y.set_axis(index, axis=0)
    fit = pl.e_bayes(pl.lm_fit(data, DESIGN))
    table = pl.top_table(fit, 1, number=None, sort_by="p")
    tidy = pl.tidy(fit, 1)
    for label in table.index[:5]:
        np.testing.assert_allclose(table.ave_expr[label], data.loc[label].mean())
        row = tidy[tidy["variable"] == label].iloc[0]
        np.testing.assert_allclose(row["ave_expr"], data.loc[label].mean())
    assert list(fit.residuals(data).index) == list(index)
    assert list(pl.decide_tests(fit).to_frame().index) == list(index)
    assert list(pl.vooma(data, DESIGN).frame().index) == list(index)
    counts = COUNTS.set_axis(index, axis=0)
    kept = pl.DGEList(counts)[[5, 9, 30]]
    frame = pl.voom(kept, DESIGN).frame()
    assert list(frame.index) == list(index[[5, 9, 30]])


def test_counts_without_names_are_matched_as_those_of_an_array():
    plain, named = pl.DGEList(COUNTS.to_numpy()), DESIGN.set_axis(list("stuvwxyz"))
    right = pl.voom(COUNTS.to_numpy(), DESIGN.to_numpy())["weights"]
    np.testing.assert_array_equal(pl.voom(plain, named)["weights"], right)
    numbered = DESIGN.set_axis(range(8)).iloc[::-1]
    with pytest.warns(Note, match="are matched by them"):
        np.testing.assert_array_equal(pl.voom(plain, numbered)["weights"], right)
    own = DESIGN.set_axis(plain.col_names).iloc[::-1]
    np.testing.assert_array_equal(pl.voom(plain, own)["weights"], right)


def test_rows_without_names_keep_their_positions_in_a_subset():
    subset = pl.EList(E=Y.to_numpy())[[4, 2, 7]]
    assert list(pl.lm_fit(subset, DESIGN).frame().index) == [4, 2, 7]


def test_objects_are_bound_by_name_or_refused():
    one, other = pl.EList(E=Y), pl.EList(E=Y.add_suffix("x", axis=1).iloc[::-1])
    joined = pl.cbind(one, other)
    np.testing.assert_array_equal(joined["E"][:, :8], joined["E"][:, 8:])
    with pytest.raises(UnknownNameError, match="missing: 'g1'; not in the data: 'zg1'"):
        pl.cbind(one, pl.EList(E=renamed(Y)))
    low = pl.EList(E=Y.add_suffix("x", axis=0).iloc[:, ::-1])
    stacked = pl.rbind(one, low)
    np.testing.assert_array_equal(stacked["E"][:40], stacked["E"][40:])


def test_names_of_r_are_answered_with_the_name_here():
    for theirs, ours in (("lmFit", "lm_fit"), ("calcNormFactors", "norm_lib_sizes")):
        with pytest.raises(AttributeError, match=f"called `{ours}` here"):
            getattr(pl, theirs)
    with pytest.raises(AttributeError, match="Did you mean `lm_fit`"):
        pl.lm_fitt  # noqa: B018 - the access is the test


def test_a_transposed_table_is_recognised():
    with pytest.raises(PylimmaError, match="look transposed"):
        pl.lm_fit(Y.T, "~ group", samples=TABLE)
    with pytest.raises(PylimmaError, match="look transposed"):
        pl.DGEList(COUNTS.T, samples=TABLE)
    with pytest.raises(PylimmaError, match="look transposed"):
        pl.lm_fit(Y.T, DESIGN)


def test_truth_has_two_kinds():
    with pytest.raises(InputError, match="two kinds"):
        pl.au_roc([0, 1, 2])
