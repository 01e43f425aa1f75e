"""The choices behind an analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Literal, TypeAlias, get_args

from pylimma.errors import InputError, check_choice
from pylimma.record import Record
from pylimma.typing import AdjustMethod

Method: TypeAlias = Literal["voom", "voom_lm_fit", "quality_weights", "trend", "ls"]
"""How observations are weighed: the first four take counts, the last log-expression."""

LIBRARY_SCALING = ("TMM", "TMMwsp", "RLE", "upperquartile")
BETWEEN_SAMPLES = ("scale", "quantile", "cyclicloess")


@dataclass(frozen=True, slots=True, eq=False)
class Options(Record):
    """Choices of an analysis, as `pylimma.analyze` takes them.

    Attributes
    ----------
    method : str
        How observations are weighed.
    filter : bool or dict
        Whether genes of low counts are left out, or by which limits.
    normalization : str
        How samples are made comparable.
    robust, trend, treat, confint : bool or float
        Options of the moderation and of the tables.
    lfc : float
        Threshold of the log2 fold changes.
    p_value : float
        Largest adjusted p-value of a call.
    adjust_method : str
        How p-values are adjusted.
    prior_count : float
        Added to counts before logarithms are taken, for the method "trend".
    span : float, optional
        Span of the mean-variance trend; chosen from the number of genes when None.
    fit_method : str
        Least squares, "ls", or robust regression, "robust".
    proportion, stdev_coef_lim, winsor_tail_p : float or tuple of float
        Assumptions of the moderation.
    """

    method: Method = "voom"
    filter: bool | Mapping[str, float] = True
    normalization: str = "TMM"
    robust: bool = False
    trend: bool = False
    lfc: float = 0.0
    treat: bool = True
    p_value: float = 0.05
    adjust_method: AdjustMethod = "BH"
    confint: bool | float = False
    prior_count: float = 3.0
    span: float | None = None
    fit_method: str = "ls"
    proportion: float = 0.01
    stdev_coef_lim: tuple[float, float] = (0.1, 4.0)
    winsor_tail_p: tuple[float, float] = (0.05, 0.1)

    @property
    def takes_counts(self) -> bool:
        """Whether the method starts from counts."""
        return self.method != "ls"

    @property
    def tests_threshold(self) -> bool:
        """Whether tests are against the threshold `lfc` rather than against zero."""
        return self.treat and self.lfc > 0

    @property
    def between_samples(self) -> str:
        """Normalisation of log-expression between samples."""
        return self.normalization if self.normalization in BETWEEN_SAMPLES else "none"


def checked(options: Options) -> Options:
    """Options, once each is among its choices and in its range."""
    check_choice(options.method, get_args(Method), "method")
    check_choice(
        options.normalization, (*LIBRARY_SCALING, *BETWEEN_SAMPLES, "none"), "normalization"
    )
    check_choice(options.adjust_method, get_args(AdjustMethod), "adjust_method")
    check_choice(options.fit_method, ("ls", "robust"), "fit_method")
    _within(options.p_value, 0.0, 1.0, "p_value")
    _within(options.proportion, 0.0, 1.0, "proportion")
    _within(options.lfc, 0.0, inf, "lfc")
    _within(options.prior_count, 0.0, inf, "prior_count")
    if options.span is not None:
        _within(options.span, 0.0, 1.0, "span")
    if options.fit_method == "robust" and options.method in ("voom_lm_fit", "quality_weights"):
        raise InputError(
            f"`fit_method` 'robust' goes with the methods 'voom', 'trend' and 'ls'; "
            f"'{options.method}' fits by least squares while it finds weights."
        )
    return options


def _within(value: Any, low: float, high: float, name: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        limits = f"between {low:g} and {high:g}" if high < inf else f"of at least {low:g}"
        raise InputError(f"`{name}` must be a number {limits}; got {value!r}.")
