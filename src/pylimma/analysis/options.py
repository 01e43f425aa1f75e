"""The options of an analysis, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from pylimma.arguments import flag, number, parse_compat, vector, whole
from pylimma.containers.expression import EList
from pylimma.errors import InputError, check_choice
from pylimma.record import Record
from pylimma.typing import AdjustMethod

Method: TypeAlias = Literal["voom", "voom_lm_fit", "quality_weights", "trend", "ls", "vooma"]
"""How observations are weighted: the first three take counts, the last two log-intensities."""

FitMethod: TypeAlias = Literal["ls", "robust"]
LIBRARY_SCALING = ("TMM", "TMMwsp", "RLE", "upperquartile")
OF_INTENSITIES = ("ls", "vooma")  # "trend" takes either
BETWEEN_SAMPLES = ("scale", "quantile", "cyclicloess")


@dataclass(frozen=True, slots=True, eq=False)
class Options(Record):
    """Options of an analysis, as `pylimma.analyze` takes them.

    Attributes
    ----------
    method : str
        How observations are weighted.
    filter : bool, dict or "mask"
        Whether genes with low counts are removed, or by which limits; "mask" for genes chosen
        beforehand.
    normalization : str
        How samples are normalised.
    robust, trend, treat, confint : bool or float
        Options of the moderation and of the tables.
    lfc : float
        Threshold of the log2 fold changes.
    p_value : float
        Largest adjusted p-value of a significant gene.
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
    compat : str, optional
        Version of R's limma whose older numbers are wanted, "3.68".
    rounds : int
        How often weights and the correlation within blocks are estimated.
    ndups, spacing : int, optional
        Spots of each gene, and the rows from one to the next; None for one spot.
    intensities : bool
        Whether the data are log-intensities, not counts.
    """

    method: Method = "voom"
    filter: bool | Mapping[str, float] | str = True
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
    fit_method: FitMethod = "ls"
    proportion: float = 0.01
    stdev_coef_lim: tuple[float, float] = (0.1, 4.0)
    winsor_tail_p: tuple[float, float] = (0.05, 0.1)
    compat: str | None = None
    rounds: int = 2
    ndups: int | None = None
    spacing: int | None = None
    intensities: bool = False

    @property
    def takes_counts(self) -> bool:
        """Whether the method starts from counts."""
        return self.method not in OF_INTENSITIES and not self.intensities

    @property
    def tests_threshold(self) -> bool:
        """Whether tests are against the threshold `lfc` rather than against zero."""
        return self.treat and self.lfc > 0

    @property
    def in_use(self) -> dict[str, Any]:
        """The options that this analysis depends on."""
        idle = {
            "filter": not self.takes_counts and self.filter is True,
            "treat": not self.tests_threshold,
            "prior_count": self.method != "trend" or self.intensities,
            "intensities": self.method != "trend",
            "winsor_tail_p": not self.robust,
            "rounds": self.method not in ("voom", "quality_weights"),
        }
        return {name: value for name, value in self.items() if not idle.get(name)}

    @property
    def between_samples(self) -> str:
        """Normalisation of log-expression between samples."""
        return self.normalization if self.normalization in BETWEEN_SAMPLES else "none"


def parse_options(method: Any, filter: Any, normalization: Any, **given: Any) -> Options:
    """Options, each one of its choices or a number in its range."""
    check_choice(method, get_args(Method), "method")
    if normalization is None:
        normalization = "none" if given["intensities"] else "TMM"
    scaling = () if given["intensities"] else LIBRARY_SCALING
    check_choice(normalization, (*scaling, *BETWEEN_SAMPLES, "none"), "normalization")
    check_choice(given["adjust_method"], get_args(AdjustMethod), "adjust_method")
    check_choice(given["fit_method"], get_args(FitMethod), "fit_method")
    parse_compat(given["compat"])
    if given["fit_method"] == "robust" and method in ("voom_lm_fit", "quality_weights", "vooma"):
        raise InputError(
            f"`fit_method` 'robust' goes with the methods 'voom', 'trend' and 'ls'; "
            f"'{method}' fits by least squares while it estimates weights."
        )
    parsed: dict[str, Any] = {
        "trend": method == "trend" if given["trend"] is None else flag(given["trend"], "trend"),
        "span": None if given["span"] is None else number(given["span"], "span", 0.0, 1.0),
        "confint": _parse_confint(given["confint"]),
        "rounds": whole(given["rounds"], "rounds", 1, 2),
        **_parse_spots(given["ndups"], given["spacing"], method, given["fit_method"]),
    }
    for name in ("robust", "treat"):
        parsed[name] = flag(given[name], name)
    for name in ("p_value", "proportion"):
        parsed[name] = number(given[name], name, 0.0, 1.0)
    for name in ("lfc", "prior_count"):
        parsed[name] = number(given[name], name, 0.0)
    for name in ("stdev_coef_lim", "winsor_tail_p"):
        low, high = vector(given[name], name, 2)
        parsed[name] = (float(low), float(high))
    parsed["filter"] = _recorded_filter(filter)
    return Options(**given | parsed | {"method": method, "normalization": normalization})


def parse_intensities(intensities: Any, method: Any, data: Any) -> bool:
    """Whether data are log-intensities: as said, by the method, or by their kind for "trend"."""
    check_choice(method, get_args(Method), "method")
    if method in OF_INTENSITIES:
        if intensities is not None and not flag(intensities, "intensities"):
            raise InputError(f"The method '{method}' takes log-intensities, not counts.")
        return True
    if intensities is None:
        return method == "trend" and isinstance(data, EList)
    if flag(intensities, "intensities") and method != "trend":
        raise InputError(
            f"The method '{method}' takes counts; for log-intensities use 'vooma', 'trend' or 'ls'."
        )
    return bool(intensities)


def _recorded_filter(chosen: Any) -> bool | Mapping[str, float] | str:
    """The filter as results remember it: masks are as long as the data."""
    if isinstance(chosen, bool | np.bool_):
        return bool(chosen)
    return chosen if isinstance(chosen, Mapping) else "mask"


def _parse_confint(confint: Any) -> bool | float:
    return confint if isinstance(confint, bool) else number(confint, "confint", 0.0, 1.0)


def _parse_spots(ndups: Any, spacing: Any, method: Method, fit_method: str) -> dict[str, Any]:
    """Options of duplicate spots, none of them for one spot of each gene."""
    ndups, spacing = whole(ndups, "ndups", 1), whole(spacing, "spacing", 1)
    if ndups == 1:
        return {"ndups": None, "spacing": None}
    if method != "ls" or fit_method != "ls":
        raise InputError("`ndups` goes with the method 'ls' and with least squares.")
    return {"ndups": ndups, "spacing": spacing}
