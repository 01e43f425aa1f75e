"""A whole analysis in one call."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.labels import per_sample
from pylimma.analysis.checks import warn_of_copies, warn_of_libraries, warn_of_strangers
from pylimma.analysis.intake import Experiment, parse_experiment
from pylimma.analysis.options import Method, Options, checked
from pylimma.analysis.progress import Progress
from pylimma.analysis.result import Analysis
from pylimma.analysis.steps import (
    Modelled,
    compare,
    kept_genes,
    model,
    moderate,
    scaled_counts,
    tables_of,
)
from pylimma.containers.counts import DGEList
from pylimma.containers.expression import EList
from pylimma.errors import InputError, PylimmaWarning, UnknownNameError, nearest, quoted, warn
from pylimma.exploration.ordination import MDS, mds
from pylimma.results.decide_tests import decide_tests
from pylimma.typing import AdjustMethod, DesignLike, ExpressionLike

_MOST_DIMENSIONS = 8
_FEWEST_SAMPLES = 3
_GIST = 60  # letters of a warning, without names of arguments, by which it is known


def analyze(  # noqa: PLR0913 - every choice of the steps
    counts: ExpressionLike,
    samples: Any = None,
    formula: DesignLike = None,
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
    progress: bool | None = None,
) -> Analysis:
    """Everything from counts or log-expression to tables, calls, pictures and a report.

    Parameters
    ----------
    counts : array, DataFrame, AnnData, DGEList, EList or path
        Counts of reads, not normalised, genes × samples (AnnData: samples × genes); for the
        method "ls" log2 expression.
    samples : DataFrame or path, optional
        Table of samples, matched by name; the one stored with the data when not given.
    formula : str or design matrix, optional
        The model, such as ``"~ 0 + group + batch"``; the groups of a column called group,
        condition, treatment or genotype when not given.
    contrasts : str, sequence, mapping or DataFrame, optional
        What is compared, such as ``"treated - control"``, in any form that `contrasts_fit`
        takes. When not given: every coefficient but the intercept, or, in a model without one,
        the differences between groups.
    method : {"voom", "voom_lm_fit", "quality_weights", "trend", "ls"}
        Counts weighed by their mean-variance trend; the same for data with many zeros; with
        weights of samples too; log2 counts per million under a prior with a trend; or
        log-expression as it is.
    filter : bool, mapping or mask of shape (genes,)
        Whether genes of low counts are left out by `filter_by_expr`; or its limits, as
        ``{"min_count": 5}``, or ``{"cpm": 1, "samples": 2}``, also "count" and "total"; or
        which genes to keep.
    normalization : str, optional
        "TMM" (for counts, when not given), "TMMwsp", "RLE" or "upperquartile" for library sizes;
        "quantile", "scale" or "cyclicloess" for log-expression; or "none".
    block : str or sequence of shape (samples,), optional
        Samples with the same label are correlated, such as repeated measures of a person; or
        the column of `samples` that says so.
    correlation : float, optional
        Correlation within blocks; estimated when not given.
    robust : bool
        Whether the prior is protected from hypervariable genes.
    lfc : float
        Threshold of the log2 fold changes.
    treat : bool
        Whether genes are tested against that threshold; otherwise it is a mere cut-off.
    p_value : float
        Largest adjusted p-value of a call.
    adjust_method : str
        How p-values are adjusted.
    confint : bool or float
        Whether tables have 95 % confidence intervals, or their level.
    trend : bool, optional
        Whether the prior variance follows expression; for the method "trend" when not given.
    prior_count : float
        Added to counts before logarithms are taken, for the method "trend".
    span : float, optional
        Span of the mean-variance trend; chosen from the number of genes when not given.
    fit_method : {"ls", "robust"}
        Least squares, or robust regression.
    proportion, stdev_coef_lim, winsor_tail_p : float or sequence of float
        As in `e_bayes`.
    reference : mapping of str to level, optional
        Reference levels of the factors of a formula, as ``{"group": "control"}``.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.
    subset_samples : bool
        Whether samples of the data without a row in the table are left out; otherwise they are
        an error.
    progress : bool, optional
        Whether steps are shown while they run; on a terminal only when not given.

    Returns
    -------
    Analysis
        With every intermediate; printing it gives a short account. ``.tables`` holds a table
        for each contrast, ``.plot_md()`` and the like draw, ``.report(path)`` writes an HTML
        page, ``.save(path)`` everything.

    Raises
    ------
    InputError
        If data, table, model or options cannot be used.

    Warns
    -----
    InputWarning
        If values are on an unlikely scale, if a library or sample is unlike the others, copied
        or seemingly swapped. All warnings are kept in ``.warnings``.

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
    options = checked(
        Options(
            method=method,
            filter=filter if isinstance(filter, bool | Mapping) else True,
            normalization=normalization or ("none" if method == "ls" else "TMM"),
            robust=robust,
            trend=method == "trend" if trend is None else trend,
            lfc=lfc,
            treat=treat,
            p_value=p_value,
            adjust_method=adjust_method,
            confint=confint,
            prior_count=prior_count,
            span=span,
            fit_method=fit_method,
            proportion=proportion,
            stdev_coef_lim=(float(stdev_coef_lim[0]), float(stdev_coef_lim[1])),
            winsor_tail_p=(float(winsor_tail_p[0]), float(winsor_tail_p[1])),
        )
    )
    given: dict[str, Any] = {
        "reference": reference,
        "layer": layer,
        "subset_samples": subset_samples,
    }
    show = Progress(enabled=progress)
    with _collected() as messages:
        with show.step("Reading data and samples"):
            experiment = parse_experiment(counts, samples, formula, options, **given)
        parts = _run(experiment, options, contrasts, filter, (block, correlation), show)
    for message, category in messages:
        warn(message, category)
    return Analysis(**parts, warnings=tuple(message for message, _ in messages))


def _run(
    experiment: Experiment,
    options: Options,
    contrasts: Any,
    chosen: Any,
    blocking: tuple[Any, float | None],
    show: Progress,
) -> dict[str, Any]:
    """All fields of an analysis but its warnings."""
    data, design = experiment.data, experiment.design
    names = pd.Index(range(data.shape[1])) if data.col_names is None else data.col_names
    if blocking[1] is not None and (blocking[0] is None or options.method == "voom_lm_fit"):
        raise InputError("`correlation` goes with `block`, and not with 'voom_lm_fit'.")
    blocks = _blocks(blocking[0], experiment.samples, data)
    with show.step("Filtering and normalising"):
        warn_of_copies(data[data.MAIN], names)
        kept = kept_genes(data, design, chosen)
        counts = None
        if isinstance(data, DGEList):
            warn_of_libraries(np.asarray(data.counts).sum(axis=0, dtype=float), names)
            counts = scaled_counts(data, kept, options)
    with show.step(f"Fitting {int(kept.sum()):,} genes in {data.shape[1]} samples"):
        ready = data.subset(kept) if counts is None else counts
        found = model(ready, design, options, blocks, blocking[1])
    with show.step("Comparing and testing"):
        warn_of_strangers(found.expression["E"], design.to_numpy(), names)
        tests = _tests(found, contrasts, design, options)
    with show.step("Comparing samples"):
        distances = _distances(found.expression)
    return {
        "options": options,
        "formula": experiment.formula,
        "data": data,
        "samples": experiment.samples,
        "kept": kept,
        "counts": counts,
        "design": design,
        "block": blocks,
        "correlation": found.correlation,
        "expression": found.expression,
        "models": found.fit,
        "mds": distances,
        **tests,
    }


def _tests(
    found: Modelled, contrasts: Any, design: pd.DataFrame, options: Options
) -> dict[str, Any]:
    """The fields of an analysis that belong to its contrasts."""
    fit, treated = moderate(compare(found.fit, contrasts, design), options)
    tested = fit if treated is None else treated
    decisions = decide_tests(
        tested,
        adjust_method=options.adjust_method,
        p_value=options.p_value,
        lfc=0.0 if options.tests_threshold else options.lfc,
    )
    return {
        "fit": fit,
        "treated": treated,
        "decisions": decisions,
        "tables": tables_of(tested, options),
    }


def _blocks(block: Any, samples: pd.DataFrame, data: DGEList | EList) -> np.ndarray | None:
    if block is None:
        return None
    if isinstance(block, str):
        if block not in samples.columns:
            raise UnknownNameError(
                f"`block` is '{block}'; `samples` has {quoted(nearest(block, samples.columns))}."
            )
        block = samples[block].to_numpy()
    return np.asarray(per_sample(block, data.shape[1], data.col_names, "block")).astype(str)


def _distances(expression: EList) -> MDS | None:
    n_samples = expression.shape[1]
    complete = int(np.isfinite(expression["E"]).all(axis=1).sum())
    if n_samples < _FEWEST_SAMPLES or complete < _FEWEST_SAMPLES:
        return None
    return mds(expression, ndim=min(n_samples - 1, complete, _MOST_DIMENSIONS))


@contextmanager
def _collected() -> Iterator[list[tuple[str, type[PylimmaWarning]]]]:
    """Gather pylimma's warnings, each once whichever step gives it; those of others pass."""
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
