"""A whole analysis in one call: filter, normalise, weight, fit, compare, moderate and tabulate."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import IO, Any

import numpy as np
import pandas as pd

from pylimma.adapters.labels import column_of_samples, sample_labels
from pylimma.analysis.checks import (
    warn_of_duplicates,
    warn_of_library_sizes,
    warn_of_outlying_samples,
)
from pylimma.analysis.detection import with_numbers_seen
from pylimma.analysis.intake import Experiment, parse_experiment
from pylimma.analysis.options import Method, Options, parse_intensities, parse_options
from pylimma.analysis.result import Analysis
from pylimma.analysis.samples import conditions_of
from pylimma.analysis.steps import (
    default_contrasts,
    fit_models,
    kept_genes,
    moderated_tests,
    scaled_counts,
    seen_genes,
)
from pylimma.arguments import flag, number, parse_compat
from pylimma.containers.counts import DGEList
from pylimma.containers.expression import EList
from pylimma.design.contrasts.balance import check_comparisons
from pylimma.errors import InputError, PylimmaWarning, warn
from pylimma.fit.contrasts import fit_of_contrasts, parse_contrasts, planned_fit
from pylimma.genesets.set_tests import SetTest, run_set_tests
from pylimma.numerics.progress import no_progress
from pylimma.numerics.threads import with_threads
from pylimma.typing import AdjustMethod, DesignLike, ExpressionLike, FloatArray

_GIST = 60  # letters of a warning, without names of arguments, by which repeats are recognised
_LINE = 60  # width of the progress line


def analyze(  # noqa: PLR0913 - every choice of the steps
    counts: ExpressionLike,
    samples: Any = None,
    formula: DesignLike | None = None,
    contrasts: Any = None,
    method: Method = "voom",
    *,
    filter: Any = True,
    normalization: str | None = None,
    block: Any = None,
    correlation: float | None = None,
    robust: bool = False,
    lfc: float = 0.0,
    treat: bool = True,
    p_value: float = 0.05,
    adjust_method: AdjustMethod = "BH",
    confint: bool | float = False,
    trend: bool | None = None,
    prior_count: float = 3.0,
    span: float | None = None,
    fit_method: str = "ls",
    proportion: float = 0.01,
    stdev_coef_lim: Sequence[float] = (0.1, 4.0),
    winsor_tail_p: Sequence[float] = (0.05, 0.1),
    reference: Mapping[str, object] | None = None,
    layer: str | None = None,
    subset_samples: bool = False,
    compat: str | None = None,
    rounds: int = 2,
    ndups: int = 1,
    spacing: int = 1,
    sets: Any = None,
    set_test: SetTest = "camera",
    geneid: str | None = None,
    progress: bool | None = None,
    intensities: bool | None = None,
    n_jobs: int | None = None,
) -> Analysis:
    """Differential expression analysis in one call, from counts or log-expression to a report.

    Parameters
    ----------
    counts : array, DataFrame, AnnData, DGEList, EList or path
        Read counts, not normalised, genes × samples (AnnData: samples × genes); log2 expression
        or intensities for the methods "ls" and "vooma", and for "trend" if they are an EList. NaN
        is missing, and nothing is imputed.
    samples : DataFrame or path, optional
        Table of samples, matched by name. Default: the table stored with the data.
    formula : str or design matrix, optional
        The model, such as ``"~ 0 + group + batch"``. Default: the groups of a column called
        group, condition, treatment or genotype.
    contrasts : str, sequence, mapping or DataFrame, optional
        The comparisons, such as ``"treated - control"``, in any form that `contrasts_fit`
        takes. Default: every coefficient but the intercept, or, in a model without one, the
        differences between groups.
    method : {"voom", "voom_lm_fit", "quality_weights", "trend", "ls", "vooma"}
        Counts weighted by their mean-variance trend; the same for data with many zeros; with
        sample weights as well; log2 counts per million, or log-intensities, with a trend of the
        prior variance; log-expression as it is; or log-intensities weighted by their mean-variance
        trend.
    filter : bool, mapping or mask of shape (genes,)
        Whether genes with low counts are removed by `filter_by_expr`; or its limits, as
        ``{"min_count": 5}``; or ``{"cpm": 1, "samples": 2}``, also "count" and "total"; or
        which genes to keep.
    normalization : str, optional
        "TMM" (default for counts), "TMMwsp", "RLE" or "upperquartile" for library sizes;
        "quantile", "scale" or "cyclicloess" for log-expression; or "none".
    block : str or sequence of shape (samples,), optional
        Samples with the same label are correlated, such as repeated measures of a subject; or
        the column of `samples` with these labels.
    correlation : float, optional
        Correlation within blocks. Default: estimated.
    robust : bool
        Whether the prior is protected from hypervariable genes.
    lfc : float
        Threshold of the log2 fold changes.
    treat : bool
        Whether genes are tested against that threshold; otherwise it is only a cut-off.
    p_value : float
        Largest adjusted p-value of a significant gene.
    adjust_method : str
        How p-values are adjusted.
    confint : bool or float
        Whether tables have 95 % confidence intervals, or the level of these.
    trend : bool, optional
        Whether the prior variance has a trend over expression. Default: for the method "trend".
    prior_count : float
        Added to counts before logarithms are taken, for the method "trend".
    span : float, optional
        Span of the mean-variance trend. Default: chosen from the number of genes.
    fit_method : {"ls", "robust"}
        Least squares, or robust regression.
    proportion, stdev_coef_lim, winsor_tail_p : float or sequence of float
        As in `e_bayes`.
    reference : mapping of str to level, optional
        Reference levels of the factors of a formula, as ``{"group": "control"}``.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.
    subset_samples : bool
        Whether samples of the data without a row in the table are excluded; otherwise they are
        an error.
    compat : {"3.68"}, optional
        Use limma's older numbers where they differ, such as approximate standard errors of
        contrasts.
    rounds : {2, 1}
        How often the weights of "voom" and "quality_weights" and the correlation within blocks,
        which depend on each other, are estimated.
    sets : dict of sets, path or paths, optional
        Gene sets to test in every contrast, in any form that `camera` or `read_gene_sets` takes.
    set_test : {"camera", "fry", "camera_pr"}
        How they are tested: against other genes, on their own, or against other genes from
        moderated t-statistics alone.
    geneid : str, optional
        Column of the annotation by which sets name genes. Default: the names of the genes, or
        the column with most of the identifiers.
    ndups, spacing : int
        Spots of each gene on an array, and the rows from one spot to the next, for the method
        "ls". Spots of a gene are correlated, as samples of a block are; results have a row for
        each gene.
    progress : bool, optional
        Whether steps are shown while they run. Default: on a terminal only.
    intensities : bool, optional
        Whether data for the method "trend" are log-intensities. Default: if they are an EList, as
        the readers of arrays and proteins return.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    Analysis
        Every step; printing it gives a short summary. ``.tables`` holds a table for each
        contrast; with missing values it says in how many samples of each group a gene was seen, and
        why it has no result. ``.on_off_table()`` lists genes that one side alone shows,
        ``.plot_md()`` and the like draw, ``.report(path)`` writes an HTML page and
        ``.save(path)`` everything.

    Raises
    ------
    InputError
        If data, table, model or options cannot be used.

    Warns
    -----
    InputWarning
        If values are on an unlikely scale, or if a sample is an outlier, a duplicate, or looks
        swapped. All warnings are kept in ``.warnings``.

    See Also
    --------
    voom, lm_fit, contrasts_fit, e_bayes, top_table : The steps.

    Examples
    --------
    >>> import pylimma
    >>> data = pylimma.simulate_counts(n_genes=2000, rng=1)
    >>> analysis = pylimma.analyze(data.counts, data.samples, "~ 0 + group", "treated - control")
    >>> analysis.tables["treated - control"].shape[1]
    6
    """
    of_intensities = parse_intensities(intensities, method, counts)
    options = parse_options(
        method,
        filter,
        normalization,
        robust=robust,
        trend=trend,
        lfc=lfc,
        treat=treat,
        p_value=p_value,
        adjust_method=adjust_method,
        confint=confint,
        prior_count=prior_count,
        span=span,
        fit_method=fit_method,
        proportion=proportion,
        stdev_coef_lim=stdev_coef_lim,
        winsor_tail_p=winsor_tail_p,
        compat=compat,
        rounds=rounds,
        ndups=ndups,
        spacing=spacing,
        intensities=of_intensities,
    )
    if correlation is not None:
        correlation = number(correlation, "correlation", -1.0, 1.0, inside=True)
        if (block is None and options.ndups is None) or method in ("voom_lm_fit", "vooma"):
            raise InputError(
                "`correlation` goes with `block`; 'voom_lm_fit' and 'vooma' estimate it."
            )
    if block is not None and options.ndups is not None:
        raise InputError("Give `block` or `ndups`, not both: each is a correlation.")
    show = Progress(enabled=None if progress is None else flag(progress, "progress"))
    with with_threads(n_jobs), _collected() as messages:
        with show.step("Reading data and samples"):
            experiment = parse_experiment(
                counts,
                samples,
                formula,
                options,
                reference=reference,
                layer=layer,
                subset_samples=flag(subset_samples, "subset_samples"),
            )
            blocks = _parse_block(block, experiment)
            if contrasts is None:
                contrasts = default_contrasts(experiment.design, experiment.model)
            contrasts = check_comparisons(contrasts, planned_fit(experiment.model))
            wanted = parse_contrasts(contrasts, experiment.model)
        parts = _run(experiment, options, wanted, filter, (blocks, correlation), show)
        if sets is not None:
            with show.step("Testing gene sets"):
                fit = parts["fit"].replace(EList=parts["expression"])
                parts["sets"] = run_set_tests(fit, sets, set_test, geneid)
    for message, category in messages:
        warn(message, category)
    return Analysis.of({**parts, "warnings": tuple(message for message, _ in messages)})


def _run(
    experiment: Experiment,
    options: Options,
    contrasts: tuple[FloatArray, pd.Index | None],
    chosen: Any,
    blocking: tuple[np.ndarray | None, float | None],
    show: Progress,
) -> dict[str, Any]:
    """All fields of an analysis but its warnings."""
    data = experiment.data
    names = pd.Index(range(data.shape[1])) if data.col_names is None else data.col_names
    with show.step("Filtering and normalising"):
        warn_of_duplicates(data[data.MAIN], names)
        kept = kept_genes(data, experiment.model, chosen)
        if options.method == "vooma":
            kept &= seen_genes(data)
        if options.ndups is not None and not kept.all():
            raise InputError("`filter` removes spots, but `ndups` needs all spots of each gene.")
        counts = None
        if isinstance(data, DGEList):
            warn_of_library_sizes(np.asarray(data.counts).sum(axis=0, dtype=float), names)
            counts = scaled_counts(data, kept, options)
    with show.step(f"Fitting {int(kept.sum()):,} genes in {data.shape[1]} samples"):
        ready = data.subset(kept) if counts is None else counts
        model = fit_models(ready, experiment.model, options, *blocking)
    with show.step("Testing contrasts"):
        warn_of_outlying_samples(
            model.expression["E"], experiment.model, experiment.samples, blocking[0], names
        )
        compared = fit_of_contrasts(model.fit, *contrasts, exact=not parse_compat(options.compat))
        tests = moderated_tests(compared, options)
    return {
        **_with_detection(tests, experiment, model.expression),
        "options": options,
        "formula": experiment.formula,
        "data": data,
        "samples": experiment.samples,
        "design": experiment.design,
        "kept": kept,
        "counts": counts,
        "block": blocking[0],
        "correlation": model.correlation,
        "expression": model.expression,
        "models": model.fit,
    }


def _with_detection(
    tests: dict[str, Any], experiment: Experiment, expression: EList
) -> dict[str, Any]:
    """Fields of the contrasts, their tables with the numbers of samples that show each gene."""
    design, tested = experiment.design, tests["treated"] or tests["fit"]
    conditions = conditions_of(design, experiment.samples, tested["contrasts"])
    tables = with_numbers_seen(tests["tables"], expression, tested, conditions, design)
    return {**tests, "tables": tables}


def _parse_block(block: Any, experiment: Experiment) -> np.ndarray | None:
    if block is None:
        return None
    data = experiment.data
    block = column_of_samples(block, experiment.samples, "block")
    return np.asarray(sample_labels(block, data.shape[1], data.col_names, "block")).astype(str)


class Progress:
    """A line on the terminal, and nowhere else, that says which step is running."""

    def __init__(self, stream: IO[str] | None = None, *, enabled: bool | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._enabled = self._stream.isatty() if enabled is None else enabled

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Show a step while it runs."""
        self._show(f"{what} …")
        try:
            with nullcontext() if self._enabled else no_progress():
                yield
        finally:
            self._show("")

    def _show(self, text: str) -> None:
        if self._enabled:
            self._stream.write(f"\r{text[:_LINE]:<{_LINE}}\r{text[:_LINE]}")
            self._stream.flush()


@contextmanager
def _collected() -> Iterator[list[tuple[str, type[PylimmaWarning]]]]:
    """Collect pylimma's warnings, each once whichever step gives it; those of others pass."""
    seen: set[str] = set()
    found: list[tuple[str, type[PylimmaWarning]]] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PylimmaWarning)
        yield found
    for item in caught:
        if issubclass(item.category, PylimmaWarning):
            text = str(item.message)
            gist = re.sub(r"`[^`]*`", "", text)[:_GIST]
            if gist not in seen:
                found.append((text, item.category))
            seen.add(gist)
        else:
            warnings.warn_explicit(item.message, item.category, item.filename, item.lineno)
