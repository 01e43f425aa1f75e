"""What bad and odd input gets: the right result, or an answer that helps."""

import numpy as np
import pandas as pd

import pylimma as pl
from pylimma.errors import (
    DesignError,
    EstimationWarning,
    InputError,
    InputTypeError,
    InputWarning,
    Note,
    ShapeError,
    StageError,
    UnknownNameError,
)

RNG = np.random.default_rng(11)
NAMES = [f"s{k}" for k in range(8)]
GENES = [f"gene{k}" for k in range(60)]
E = pd.DataFrame(RNG.normal(8, 1, (60, 8)), index=GENES, columns=NAMES)
E.iloc[:5, 4:] += 3
SAMPLES = pd.DataFrame(
    {
        "group": list("aaaabbbb"),
        "batch": list("xyxyxyxy"),
        "dose": [1, 2, 3, 1, 2, 3, 1, 2],
        "age": RNG.uniform(20, 60, 8),
    },
    index=NAMES,
)
DESIGN = pd.DataFrame({"a": [1.0] * 4 + [0] * 4, "b": [0.0] * 4 + [1] * 4}, index=NAMES)
COUNTS = pd.DataFrame(RNG.poisson(60, (60, 8)), index=GENES, columns=NAMES)
FIT = pl.lm_fit(E, "~ group + batch", samples=SAMPLES)
PLAIN = pl.lm_fit(E, DESIGN)
MODERATED = pl.e_bayes(PLAIN)


def changed(frame, cells):
    frame = frame.astype(float)
    for (row, column), value in cells.items():
        frame.iloc[row, column] = value
    return frame


def lm(data=E, design=DESIGN, **options):
    return lambda: pl.lm_fit(data, design, **options)


def voom(counts=COUNTS, design=DESIGN, **options):
    return lambda: pl.voom(counts, design, **options)


def contrast(form, fit=FIT):
    return lambda: pl.contrasts_fit(fit, form)


# What is done, the type of the error, and words of its message.
ERRORS = {
    # what lost results without a word
    "a design without columns": (lm(design=DESIGN[[]]), DesignError, "no columns"),
    "weights of genes or of samples": (
        lm(E.iloc[:8].to_numpy(), DESIGN.to_numpy(), weights=np.arange(1.0, 9)),
        ShapeError,
        "as many genes as samples.*weights\\[None, :\\]",
    ),
    "equal counts": (voom(COUNTS * 0 + 7), InputError, "no variation"),
    "equal intensities": (lambda: pl.vooma(E * 0 + 8.3, DESIGN), InputError, "no variation"),
    "a trend that is missing for genes": (
        lambda: pl.e_bayes(PLAIN, trend=[np.nan, *range(59)]),
        InputError,
        "`trend` is missing.*for 1 genes.*'gene0'",
    ),
    # labels
    "samples of other names": (
        lm(design=DESIGN.set_axis([*NAMES[:7], "t"])),
        UnknownNameError,
        r"Samples of `design` do not match.*missing: 's7'; not in the data: 't'",
    ),
    "table of samples with other names": (
        lm(design="~ group", samples=SAMPLES.set_axis([*NAMES[:7], "t"])),
        UnknownNameError,
        "missing: 's7'",
    ),
    "names that repeat where they must be matched": (
        lm(E.set_axis(["s0", *NAMES[:7]], axis=1), DESIGN.set_axis([*NAMES[:7], "s0"][::-1])),
        InputError,
        "repeat",
    ),
    # expression
    "text in a column": (
        lm(E.assign(s3="high")),
        InputError,
        "Column 's3' of `object` is not numeric: it holds 'high'",
    ),
    "transposed data": (lm(E.T.to_numpy(), DESIGN.to_numpy()), ShapeError, "transposed"),
    "no genes": (lm(E.iloc[:0]), InputError, "0 genes and 8 samples"),
    "everything missing": (lm(E * np.nan), InputError, "missing"),
    "complex numbers": (lm(E.to_numpy() + 1j), InputError, "complex"),
    "strings of digits": (lm(E.astype(str)), InputError, "no numeric column"),
    # counts
    "negative counts": (
        voom(COUNTS - 60),
        InputError,
        r"\d+ negative.*gene0.*log",
    ),
    "missing counts": (voom(changed(COUNTS, {(2, 1): np.nan})), InputError, "missing"),
    "an empty library": (voom(COUNTS.assign(s2=0)), InputError, "'s2'"),
    "too few library sizes": (voom(lib_size=[1e6] * 7), ShapeError, "7"),
    "a library size of zero": (voom(lib_size=[0.0, *[1e6] * 7]), InputError, "'s0'"),
    # designs
    "a design of other length": (
        lm(E.to_numpy(), DESIGN.to_numpy()[:6]),
        ShapeError,
        "`design` has 6 rows and the data 8 samples",
    ),
    "a factor as design": (
        lm(design=SAMPLES["group"]),
        DesignError,
        r'design="~ group", samples=',
    ),
    "a table of factors as design": (
        lm(design=SAMPLES[["group", "batch"]]),
        DesignError,
        r'design="~ group \+ batch", samples=table',
    ),
    "a formula without a table": (lm(design="~ group"), DesignError, "pass `samples=`"),
    "a formula with an unknown variable": (
        lm(design="~ grop", samples=SAMPLES),
        DesignError,
        "no column 'grop'; they have 'group'",
    ),
    "a missing value in a factor": (
        lm(design="~ group", samples=SAMPLES.assign(group=[*"aaaabbb", None])),
        DesignError,
        "'group' is missing in the samples 's7'",
    ),
    "a missing value in a design": (
        lm(design=DESIGN.replace({"a": {1.0: np.nan}})),
        DesignError,
        "missing or infinite values for samples 's0'",
    ),
    "a saturated design": (
        lambda: pl.e_bayes(pl.lm_fit(E, np.eye(8))),
        InputError,
        "8 samples, 8 coefficients, 0 residual degrees of freedom",
    ),
    "a reference level that does not exist": (
        lm(design="~ group", samples=SAMPLES, reference={"group": "c"}),
        DesignError,
        "'c' is not a level of 'group', which has 'a', 'b'",
    ),
    "a reference level for a matrix": (
        lm(reference={"group": "a"}),
        DesignError,
        "`reference` chooses levels of a formula's factors",
    ),
    "a factor with one level": (
        lm(design="~ group", samples=SAMPLES.assign(group="a")),
        DesignError,
        "same level 'a' in all samples",
    ),
    # contrasts
    "an unknown level": (contrast("c - a"), DesignError, "No level 'c'"),
    "the reference level as a coefficient": (
        contrast("groupb - groupa"),
        DesignError,
        "'a' is the reference level of 'group'",
    ),
    "a constant": (contrast("groupb - 1"), DesignError, "constant 1; contrasts are linear"),
    "a product": (contrast("groupb * batchy"), DesignError, "multiplies levels"),
    "a call": (contrast("log(groupb)"), DesignError, "is a call"),
    "a contrast of zeros": (contrast([0.0, 0, 0]), DesignError, "zero for every coefficient"),
    "a contrast with missing weights": (contrast([0, np.nan, 1]), DesignError, "missing"),
    "a contrast of other length": (contrast([1.0, -1]), ShapeError, "2 rows.*3 coefficients"),
    "a triple with an unknown level": (
        contrast(("group", "c", "a")),
        DesignError,
        "'c' is not a level of 'group'",
    ),
    "a labelled contrast of something else": (
        contrast(pd.Series([0.0, 1, 0], index=["u", "v", "w"])),
        DesignError,
        "'u', 'v', 'w', which are not the coefficients",
    ),
    "conditions of a matrix": (lambda: PLAIN.cond(a=1), StageError, "needs a fit of a formula"),
    "conditions of contrasts": (
        lambda: pl.contrasts_fit(FIT, "groupb").cond(group="b"),
        StageError,
        "before `contrasts_fit`",
    ),
    "an unknown coefficient": (
        lambda: pl.top_table(MODERATED, coef="bb"),
        UnknownNameError,
        "No coefficients named 'bb'; there are 'b', 'a'",
    ),
    "a coefficient out of range": (
        lambda: pl.top_table(MODERATED, coef=5),
        UnknownNameError,
        "position 5; there are 2, counted from 0",
    ),
    # weights, blocks, batches
    "weights that leave nothing": (lm(weights=np.zeros(8)), InputError, "zero or missing"),
    "weights that fit nothing": (lm(weights=np.ones(5)), ShapeError, "5"),
    "blocks without their correlation": (
        lm(block=list("aabbccdd")),
        InputError,
        "duplicate_correlation",
    ),
    "blocks with holes": (
        lambda: pl.duplicate_correlation(E, DESIGN, block=["a", None, *"bbccdd"]),
        InputError,
        "`block` is missing",
    ),
    # moderation and tables
    "a table before moderation": (lambda: pl.top_table(PLAIN), StageError, "run `e_bayes`"),
    "a proportion above one": (lambda: pl.e_bayes(PLAIN, proportion=2), InputError, "between 0"),
    "an unknown adjustment": (
        lambda: pl.top_table(MODERATED, adjust_method="bh"),
        InputError,
        "must be one of",
    ),
    "a layer of an array": (lm(layer="counts"), InputError, "`layer` is for AnnData"),
    "a key of an array": (lm(key_added="fit"), InputTypeError, "AnnData; got DataFrame"),
}

# What is done, the category of the warning, and words of its message.
WARNINGS = {
    "infinite values": (
        lm(changed(E, {(3, 2): np.inf})),
        InputWarning,
        "1 infinite values.*row 3, column 2",
    ),
    "counts given to lm_fit": (lm(COUNTS * 1000), InputWarning, "counts.*use `voom`"),
    "most genes constant": (
        lambda: pl.vooma(changed(E, {(g, k): 8.3 for g in range(41) for k in range(8)}), DESIGN),
        EstimationWarning,
        "41 genes have no variation",
    ),
    "a gene that makes up a sample": (
        voom(changed(COUNTS, {(3, 2): 10**9})),
        InputWarning,
        "Gene 'gene3' makes up 99.*of sample 's2'",
    ),
    "a second batch that is the group": (
        lambda: pl.remove_batch_effect(
            E, batch=SAMPLES["batch"], batch2=SAMPLES["group"], design=DESIGN
        ),
        InputWarning,
        "(?s)samples by design and `batch2`:.*a  b",
    ),
    "intensities that are not logged": (lm(2**E), InputWarning, "as no logarithms do.*np.log2"),
    "rates that are not logged": (lm(2 ** (E - 2)), InputWarning, "as no logarithms do"),
    "weights beside those of voom": (
        lambda: pl.lm_fit(pl.voom(COUNTS, DESIGN), weights=np.linspace(1, 2, 8)),
        Note,
        "take the place of those stored",
    ),
    "a sample without values": (
        lm(E.assign(s3=np.nan)),
        InputWarning,
        "missing for the samples 's3'",
    ),
    "few different whole numbers": (
        lm(design="~ dose", samples=SAMPLES),
        InputWarning,
        r"write factor\(dose\)",
    ),
    "confounded batches": (
        lm(design="~ group + batch", samples=SAMPLES.assign(batch=list("uuuuvvvv"))),
        InputWarning,
        "not estimable: 'batchv' \\(batchv = groupb\\)",
    ),
    "nearly collinear columns": (
        lm(design=DESIGN.assign(c=DESIGN["b"] * (1 + 3e-7 * np.sin(np.arange(8))))),
        InputWarning,
        "'b', 'c' of `design` are nearly collinear",
    ),
    "an unused level": (
        lm(
            design="~ group",
            samples=SAMPLES.assign(group=pd.Categorical(SAMPLES["group"], list("abc"))),
        ),
        Note,
        "that no sample has were dropped: 'c'",
    ),
    "a reference level from the alphabet": (
        lm(design="~ group", samples=SAMPLES.replace({"group": {"b": "control"}})),
        Note,
        "reference={'group': 'control'}",
    ),
    "counts per million as counts": (
        voom(changed(COUNTS / COUNTS.sum() * 1e6, {})),
        InputWarning,
        "sum to a million",
    ),
    "logarithms as counts": (voom(np.log2(COUNTS + 1)), InputWarning, "look like log values"),
    "genes without reads": (
        voom(changed(COUNTS, {(4, k): 0 for k in range(8)})),
        InputWarning,
        "1 genes have no reads.*filter_by_expr",
    ),
    "a library out of line": (
        voom(COUNTS.assign(s0=COUNTS["s0"] * 500)),
        Note,
        "voom_with_quality_weights",
    ),
    "a gene missing in a group": (
        lm(changed(E, {(0, k): np.nan for k in range(4)})),
        EstimationWarning,
        "for 1 genes",
    ),
    "a design of one sample each": (
        voom(COUNTS.iloc[:, :2], np.eye(2)),
        EstimationWarning,
        "no variance can be estimated",
    ),
    "gene ids in the first column": (
        lm(E.reset_index(names="id")),
        Note,
        "'id' of `object` is used as gene names",
    ),
    "samples matched by a column": (
        lm(design="~ group", samples=SAMPLES.iloc[::-1].reset_index(names="sample")),
        Note,
        "matched to the data by column 'sample'",
    ),
    "negative weights": (lm(weights=np.array([-1.0, *np.ones(7)])), InputWarning, "negative"),
    "a batch that is the group": (
        lambda: pl.remove_batch_effect(E, batch=SAMPLES["group"], design=DESIGN),
        InputWarning,
        "confounded with what `design` keeps",
    ),
    "weights over eight decades": (
        lm(weights=np.array([1e-9, *np.ones(7)])),
        InputWarning,
        "decades|range|span",
    ),
}
