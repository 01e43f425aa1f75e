"""The methods of an analysis as a paragraph, with the papers behind them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from inspect import signature

import numpy as np

from pylimma.analysis.record import AnalysisRecord
from pylimma.analysis.steps import EXPRESSION_LIMITS, LIMITS
from pylimma.containers.mixed_model import MixedModelFit
from pylimma.numerics.counts.rates import PER_MILLION
from pylimma.preprocessing.counts.filtering import (
    comparison_size,
    filter_by_expr,
    required_samples,
)
from pylimma.report.contents import Reference

REFERENCES = {
    "limma": Reference(
        "Ritchie ME et al. (2015). limma powers differential expression analyses for "
        "RNA-sequencing and microarray studies. Nucleic Acids Res 43:e47.",
        "10.1093/nar/gkv007",
    ),
    "voom": Reference(
        "Law CW, Chen Y, Shi W, Smyth GK (2014). voom: precision weights unlock linear model "
        "analysis tools for RNA-seq read counts. Genome Biol 15:R29.",
        "10.1186/gb-2014-15-2-r29",
    ),
    "voom_lm_fit": Reference(
        "Lun ATL, Smyth GK (2017). No counts, no variance: allowing for loss of degrees of "
        "freedom when assessing biological variability from RNA-seq data. Stat Appl Genet Mol "
        "Biol 16:83-93.",
        "10.1515/sagmb-2017-0010",
    ),
    "quality_weights": Reference(
        "Liu R et al. (2015). Why weight? Modelling sample and observational level variability "
        "improves power in RNA-seq analyses. Nucleic Acids Res 43:e97.",
        "10.1093/nar/gkv412",
    ),
    "e_bayes": Reference(
        "Smyth GK (2004). Linear models and empirical Bayes methods for assessing differential "
        "expression in microarray experiments. Stat Appl Genet Mol Biol 3:3.",
        "10.2202/1544-6115.1027",
    ),
    "robust": Reference(
        "Phipson B et al. (2016). Robust hyperparameter estimation protects against hypervariable "
        "genes and improves power to detect differential expression. Ann Appl Stat 10:946-963.",
        "10.1214/16-AOAS920",
    ),
    "treat": Reference(
        "McCarthy DJ, Smyth GK (2009). Testing significance relative to a fold-change threshold "
        "is a TREAT. Bioinformatics 25:765-771.",
        "10.1093/bioinformatics/btp053",
    ),
    "blocks": Reference(
        "Smyth GK, Michaud J, Scott HS (2005). Use of within-array replicate spots for assessing "
        "differential expression in microarray experiments. Bioinformatics 21:2067-2075.",
        "10.1093/bioinformatics/bti270",
    ),
    "random": Reference(
        "Bates D, Maechler M, Bolker B, Walker S (2015). Fitting linear mixed-effects models using "
        "lme4. J Stat Softw 67(1).",
        "10.18637/jss.v067.i01",
    ),
    "Satterthwaite": Reference(
        "Kuznetsova A, Brockhoff PB, Christensen RHB (2017). lmerTest package: tests in linear "
        "mixed effects models. J Stat Softw 82(13).",
        "10.18637/jss.v082.i13",
    ),
    "filter": Reference(
        "Chen Y, Lun ATL, Smyth GK (2016). From reads to genes to pathways: differential "
        "expression analysis of RNA-Seq experiments. F1000Research 5:1438.",
        "10.12688/f1000research.8987.2",
    ),
    "TMM": Reference(
        "Robinson MD, Oshlack A (2010). A scaling normalization method for differential "
        "expression analysis of RNA-seq data. Genome Biol 11:R25.",
        "10.1186/gb-2010-11-3-r25",
    ),
    "RLE": Reference(
        "Anders S, Huber W (2010). Differential expression analysis for sequence count data. "
        "Genome Biol 11:R106.",
        "10.1186/gb-2010-11-10-r106",
    ),
    "upperquartile": Reference(
        "Bullard JH et al. (2010). Evaluation of statistical methods for normalization and "
        "differential expression in mRNA-Seq experiments. BMC Bioinformatics 11:94.",
        "10.1186/1471-2105-11-94",
    ),
    "quantile": Reference(
        "Bolstad BM et al. (2003). A comparison of normalization methods for high density "
        "oligonucleotide array data based on variance and bias. Bioinformatics 19:185-193.",
        "10.1093/bioinformatics/19.2.185",
    ),
    "camera": Reference(
        "Wu D, Smyth GK (2012). Camera: a competitive gene set test accounting for inter-gene "
        "correlation. Nucleic Acids Res 40:e133.",
        "10.1093/nar/gks461",
    ),
    "fry": Reference(
        "Wu D et al. (2010). ROAST: rotation gene set tests for complex microarray experiments. "
        "Bioinformatics 26:2176-2182.",
        "10.1093/bioinformatics/btq401",
    ),
    "BH": Reference(
        "Benjamini Y, Hochberg Y (1995). Controlling the false discovery rate: a practical and "
        "powerful approach to multiple testing. J R Stat Soc B 57:289-300.",
        "10.1111/j.2517-6161.1995.tb02031.x",
    ),
    "BY": Reference(
        "Benjamini Y, Yekutieli D (2001). The control of the false discovery rate in multiple "
        "testing under dependency. Ann Stat 29:1165-1188.",
        "10.1214/aos/1013699998",
    ),
}
REFERENCES |= {"camera_pr": REFERENCES["camera"]}
REFERENCES |= {"TMMwsp": REFERENCES["TMM"], "fdr": REFERENCES["BH"]}
_ROUNDING = 1e-9  # of a number of samples that is whole
_VOOM = "Precision weights came from the mean-variance trend by voom"
_WEIGHTS = {
    "voom": (_VOOM, ("voom",)),
    "voom_lm_fit": (
        f"{_VOOM}, with residual degrees of freedom corrected for groups without counts",
        ("voom", "voom_lm_fit"),
    ),
    "quality_weights": (
        f"{_VOOM}, combined with a quality weight for each sample",
        ("voom", "quality_weights"),
    ),
    "trend": ("Counts were analysed as log2 counts per million (limma-trend)", ("voom",)),
    "vooma": (
        "Precision weights came from the mean-variance trend of log-intensities by vooma",
        ("voom",),
    ),
}


class _Cited:
    """Numbers of references in the order in which they are cited."""

    def __init__(self) -> None:
        self.known: list[Reference] = []

    def __call__(self, key: str) -> str:
        reference = REFERENCES.get(key)
        if reference is None:
            return ""
        if reference not in self.known:
            self.known.append(reference)
        return f" [{self.known.index(reference) + 1}]"


def methods_paragraph(analysis: AnalysisRecord, version: str) -> tuple[str, list[Reference]]:
    """The methods paragraph of a paper, and its references in the order cited."""
    cite = _Cited()
    tool = f"pylimma {version}, a Python implementation of limma{cite('limma')}"
    sentences = [
        f"Differential expression was analysed with {tool}.",
        *_preparation(analysis, cite),
        *_model(analysis, cite),
        *_tests(analysis, cite),
        *_sets(analysis, cite),
    ]
    return " ".join(sentences), cite.known


def _preparation(analysis: AnalysisRecord, cite: _Cited) -> list[str]:
    options = analysis.options
    sentences = _filtering(analysis, cite)
    if options.normalization != "none":
        what = "Log-expression was" if options.between_samples != "none" else "Library sizes were"
        name = options.normalization
        sentences.append(f"{what} normalised by the {name} method{cite(name)}.")
    if options.method in _WEIGHTS and not (options.method == "trend" and options.intensities):
        text, keys = _WEIGHTS[options.method]
        sentences.append(f"{text}{''.join(map(cite, keys))}.")
    return sentences


def _filtering(analysis: AnalysisRecord, cite: _Cited) -> list[str]:
    """How many rows were kept, and which."""
    n_kept, n_rows, chosen = int(analysis.kept.sum()), len(analysis.kept), analysis.options.filter
    features = analysis.words.features
    kept = f"Of {n_rows:,} {features}, {n_kept:,} were kept"
    kept = f"All {n_rows:,} {features} were kept" if n_kept == n_rows else kept
    if chosen == "mask":
        return [f"{kept}, chosen beforehand."]
    if analysis.counts is None or chosen is False:
        return []
    limits = dict(chosen) if isinstance(chosen, Mapping) else {}
    if not set(limits) & set(LIMITS):
        return [f"{kept}: those with {_expression_limits(analysis, limits)}{cite('filter')}."]
    least = _samples_or_more(limits.get("samples", 1))
    rules = [
        f"{limits['cpm']:g} or more counts per million in {least}" if "cpm" in limits else "",
        f"{limits['count']:g} or more reads in {least}" if "count" in limits else "",
        f"{limits['total']:g} or more reads in total" if "total" in limits else "",
    ]
    return [f"{kept}: those with {' and '.join(filter(None, rules))}."]


def _expression_limits(analysis: AnalysisRecord, given: Mapping[str, float]) -> str:
    """The limits of `filter_by_expr` in this analysis, in words."""
    defaults = {name: p.default for name, p in signature(filter_by_expr).parameters.items()}
    limits = {name: float(given.get(name, defaults[name])) for name in EXPRESSION_LIMITS}
    size = comparison_size(analysis.design.to_numpy(dtype=float))
    least = required_samples(size, limits["large_n"], limits["min_prop"])
    median = float(np.median(analysis.data.effective_lib_size))
    cpm = limits["min_count"] / median * PER_MILLION
    return (
        f"{cpm:.2g} or more counts per million ({limits['min_count']:g} reads in a library of "
        f"the median size, {median:,.0f} reads) in {_samples_or_more(least)}, and "
        f"{limits['min_total_count']:g} or more reads in total"
    )


def _samples_or_more(least: float) -> str:
    """A number of samples in words, rounded up but for errors of rounding."""
    number = max(1, math.ceil(least - _ROUNDING))
    return "one or more samples" if number == 1 else f"{number} or more samples"


def _model(analysis: AnalysisRecord, cite: _Cited) -> list[str]:
    fitted = "robust regression" if analysis.options.fit_method == "robust" else "least squares"
    data = f"the values of each {analysis.words.feature} in {analysis.data.shape[1]} samples"
    if isinstance(analysis.fit, MixedModelFit):
        return [
            f"The model {analysis.formula} was fitted to {data}.",
            f"Variances were estimated by restricted maximum likelihood{cite('random')}.",
            f"Degrees of freedom are Satterthwaite's{cite('Satterthwaite')}.",
        ]
    sentences = [f"The model {analysis.formula} was fitted to {data} by {fitted}."]
    correlation = analysis.fit.get("correlation")
    if analysis.block is not None and correlation is not None:
        sentences.append(
            f"The correlation within {len(set(analysis.block))} blocks of samples was estimated as "
            f"{float(correlation):.3f}{cite('blocks')}."
        )
    missing = np.isnan(analysis.expression["E"]).mean()
    if missing and not analysis.options.takes_counts:
        sentences.append(
            f"Of the values, {missing:.1%} were missing; each {analysis.words.feature} was "
            f"analysed from its observed values, without imputation."
        )
    if analysis.options.ndups is not None:
        sentences.append(
            f"The correlation of the {analysis.options.ndups} spots of a {analysis.words.feature} "
            f"was estimated as {float(correlation):.3f}{cite('blocks')}."
        )
    return sentences


def _tests(analysis: AnalysisRecord, cite: _Cited) -> list[str]:
    options, words = analysis.options, analysis.words
    trend = f", with a trend over average {words.level}" if options.trend else ""
    bayes = f"by empirical Bayes{cite('e_bayes')}{trend}"
    robust = (
        f" and robustly against outlying {words.features}{cite('robust')}" if options.robust else ""
    )
    sentences = [f"Variances were moderated across {words.features} {bayes}{robust}."]
    if options.tests_threshold:
        threshold = f"a log2 fold change threshold of {options.lfc:g}"
        sentences.append(
            f"{words.features.capitalize()} were tested against {threshold}{cite('treat')}."
        )
    adjusted = options.adjust_method != "none"
    rule = f"{'an adjusted' if adjusted else 'an unadjusted'} p-value below {options.p_value:g}"
    if adjusted:
        rule += f" ({options.adjust_method}{cite(options.adjust_method)})"
    if options.lfc and not options.tests_threshold:
        rule += f" and an absolute log2 fold change above {options.lfc:g}"
    return [*sentences, f"{words.features.capitalize()} were called significant at {rule}."]


def _sets(analysis: AnalysisRecord, cite: _Cited) -> list[str]:
    found = analysis.sets
    if found is None:
        return []
    number, test = f"{len(found.members):,} gene sets", f"{found.test}{cite(found.test)}"
    rule = f"false discovery rates over all sets{cite('BH')}"
    return [f"{number} were tested by {test}, with {rule}."]
