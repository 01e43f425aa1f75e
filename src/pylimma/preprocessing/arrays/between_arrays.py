"""Normalisation between arrays of one or two colours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import parse_expression
from pylimma.adapters.labels import aligned
from pylimma.arguments import flag
from pylimma.containers.counts import DGEList
from pylimma.containers.expression import EList, EListRaw
from pylimma.containers.ownership import Made
from pylimma.containers.two_color import MAList, RGList
from pylimma.errors import (
    InputError,
    InputTypeError,
    InputWarning,
    ShapeError,
    check_choice,
    quoted,
    warn,
)
from pylimma.numerics.array_normalization import CyclicMethod
from pylimma.numerics.threads import with_threads
from pylimma.preprocessing.arrays.background import background_correct
from pylimma.preprocessing.arrays.normalization import (
    equal_absolute_medians,
    equal_medians,
    equal_quantiles,
    transformed,
    without_trends,
)
from pylimma.preprocessing.arrays.two_color import log_intensities, log_ratios
from pylimma.typing import AnyArray, ExpressionLike, FloatArray

ONE_COLOR = ("none", "scale", "quantile", "cyclicloess")
TWO_COLOR = (
    *("none", "scale", "quantile", "Aquantile", "Gquantile", "Rquantile", "Tquantile"),
    "cyclicloess",
)
OPTIONS = {
    "quantile": ("ties",),
    "Aquantile": ("ties",),
    "Gquantile": ("ties",),
    "Rquantile": ("ties",),
    "Tquantile": ("ties",),
    "cyclicloess": ("weights", "span", "adaptive_span", "iterations"),
}
_CHANNELS = ("Cy3", "Cy5")


def normalize_between_arrays(
    object: ExpressionLike,
    method: str | None = None,
    targets: Any = None,
    cyclic_method: CyclicMethod = "fast",
    *,
    n_jobs: int | None = None,
    **options: Any,
) -> Any:
    """Expression or log-ratios that can be compared between arrays.

    Parameters
    ----------
    object : array, DataFrame, AnnData, EList, EListRaw, MAList or RGList
        Log-expression of shape (genes, samples); raw intensities of an EListRaw or RGList,
        corrected for background.
    method : str, optional
        "none", "scale", "quantile" (the default) or "cyclicloess"; for two colours also
        "Aquantile" (the default), "Gquantile", "Rquantile" and "Tquantile".
    targets : sequence of shape (2 * samples,) or table with columns Cy3 and Cy5, optional
        Target of each channel, all green ones first, for "Tquantile"; the table of samples
        stored with the data when not given.
    cyclic_method : {"fast", "affy", "pairs"}
        Variant of "cyclicloess"; raw intensities always take "fast".
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.
    **options : object
        `ties` of `normalize_quantiles`; `weights`, `span`, `adaptive_span` and `iterations` of
        `normalize_cyclic_loess`.

    Returns
    -------
    object
        Of the kind that was given; an EList of log2 intensities for an EListRaw, an MAList for
        an RGList.

    Raises
    ------
    InputError
        If there is no such method or option for this kind of data, or it does not apply.
    InputTypeError
        If the data are counts.
    ShapeError
        If there are not as many targets as channels.

    Warns
    -----
    InputWarning
        If intensities are not positive, which leaves missing values, a background is ignored,
        a method has no effect, or quantiles meet many missing values.

    See Also
    --------
    normalize_quantiles : Quantiles alone.
    normalize_cyclic_loess : Curves through differences of arrays.
    voom : Does this for counts, by its `normalize_method`.

    Notes
    -----
    "scale" gives all arrays the same median, or, for two colours, the same median absolute
    log-ratio. "quantile" makes distributions equal, of all channels in the case of two colours;
    "Aquantile" does so for average log-intensities, leaving log-ratios as they are; "Gquantile"
    and "Rquantile" for the green or red channel; "Tquantile" for the channels of each target
    [1]_. Intensities of an EListRaw are scaled or get their quantiles before logarithms are
    taken.

    References
    ----------
    .. [1] Yang YH, Thorne NP (2003). IMS Lecture Notes 40:403-418.
       https://doi.org/10.1214/lnms/1215091155

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.random.default_rng(1).normal(8, [1, 1, 2], size=(100, 3))
    >>> pylimma.normalize_between_arrays(y).std(axis=0).round(2).tolist()
    [1.2, 1.2, 1.2]
    """
    two_colors = isinstance(object, MAList | RGList)
    if isinstance(object, DGEList):
        raise InputTypeError(
            "`object` holds counts (DGEList): `voom` has `normalize_method` for their logarithms, "
            "and `norm_lib_sizes` scales them."
        )
    if method is None:
        method = "Aquantile" if two_colors else "quantile"
    _check_method(method, options, TWO_COLOR if two_colors else ONE_COLOR)
    with with_threads(n_jobs):
        if isinstance(object, MAList | RGList):
            return _two_colors(_log_ratios(object), method, targets, options)
        if isinstance(object, EListRaw):
            return _log_intensities(object, method, options)
        return _one_color(object, method, cyclic_method, options)


def normalize_between_samples(
    object: ExpressionLike,
    method: str = "quantile",
    cyclic_method: CyclicMethod = "fast",
    *,
    n_jobs: int | None = None,
    **options: Any,
) -> Any:
    """Log-expression of any technology that can be compared between samples.

    Parameters
    ----------
    object : array, DataFrame, AnnData or EList
        Log-expression of shape (genes, samples).
    method : {"quantile", "scale", "cyclicloess", "none"}
        Equal quantiles, equal medians, or curves through differences of samples.
    cyclic_method : {"fast", "affy", "pairs"}
        Variant of "cyclicloess".
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.
    **options : object
        `ties` of `normalize_quantiles`; `weights`, `span`, `adaptive_span` and `iterations` of
        `normalize_cyclic_loess`.

    Returns
    -------
    object
        Of the kind that was given; only the expression changes.

    Raises
    ------
    InputError
        If there is no such method or option, or it does not apply.
    InputTypeError
        If the data are counts, raw intensities or of two colours.

    See Also
    --------
    normalize_between_arrays : For raw intensities and two colours as well.
    voom : Does this for counts, by its `normalize_method`.

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.random.default_rng(1).normal(8, [1, 1, 2], size=(100, 3))
    >>> pylimma.normalize_between_samples(y).std(axis=0).round(2).tolist()
    [1.2, 1.2, 1.2]
    """
    if isinstance(object, DGEList | EListRaw | MAList | RGList):
        other = "voom" if isinstance(object, DGEList) else "normalize_between_arrays"
        raise InputTypeError(
            f"`object` must be log-expression of one colour; got {type(object).__name__}, which "
            f"`{other}` takes."
        )
    _check_method(method, options, ONE_COLOR)
    with with_threads(n_jobs):
        return _one_color(object, method, cyclic_method, options)


def _one_color(
    given: ExpressionLike, method: str, cyclic_method: CyclicMethod, options: Mapping[str, Any]
) -> Any:
    """Log-expression of one colour, normalised, in the kind that was given."""
    if method == "quantile":
        return transformed(given, _quantiles_of(options), "object")
    data = parse_expression(given)
    values = data.matrix
    if method == "scale":
        values = equal_medians(values, data.sample_names)
    elif method == "cyclicloess":
        values = without_trends(values, data.gene_names, method=cyclic_method, **options)
    return data.like_source(values)


def _check_method(method: str, options: Mapping[str, Any], choices: tuple[str, ...]) -> None:
    if isinstance(method, str) and method == "vsn":
        raise InputError(
            'method="vsn" starts from raw intensities and is a function of its own, '
            "`normalize_vsn`."
        )
    check_choice(method, choices, "method")
    allowed = OPTIONS.get(method, ())
    unknown = sorted(set(options) - set(allowed))
    if unknown:
        raise InputError(
            f"method={method!r} has no option {quoted(unknown)}; it takes "
            f"{quoted(allowed) or 'none'}."
        )


def _log_intensities(raw: EListRaw, method: str, options: Mapping[str, Any]) -> EList:
    """Log2 intensities of one colour, normalised before or after the logarithm."""
    if "Eb" in raw:
        warn("The background `Eb` is ignored; correct for it first.", InputWarning)
    values = raw["E"]
    if method == "scale":
        values = equal_medians(values, raw.col_names)
    elif method == "quantile":
        values = _quantiles_of(options)(parse_expression(values).matrix, raw.col_names)
    values = log_intensities(values, "intensities")
    if method == "cyclicloess":
        values = without_trends(parse_expression(values).matrix, raw.row_names, **options)
    kept = {name: raw[name] for name in raw if name not in ("E", "Eb")}
    return EList(kept, E=Made(values)).set_names(
        genes=raw.row_names,
        samples=raw.col_names,
        design_columns=raw.names("design_columns"),
    )


def _log_ratios(data: MAList | RGList) -> MAList:
    """Log-ratios and averages of red and green intensities, the background subtracted."""
    if isinstance(data, MAList):
        if "A" not in data:
            raise InputError("Normalisation of log-ratios needs their average intensities `A`.")
        return data
    return log_ratios(background_correct(data, "subtract"))


def _two_colors(data: MAList, method: str, targets: Any, options: Mapping[str, Any]) -> MAList:
    """Log-ratios and average intensities after one of the methods for two colours."""
    M, A = data["M"], data["A"]
    equal = _quantiles_of(options)

    def quantiles(values: FloatArray) -> FloatArray:
        return equal(parse_expression(values).matrix)

    if method == "scale":
        return data.replace(M=equal_absolute_medians(M), A=equal_absolute_medians(A))
    if method == "Aquantile":
        return data.replace(A=quantiles(A))
    if method in ("Gquantile", "Rquantile"):
        channel = A - M / 2 if method == "Gquantile" else A + M / 2
        return data.replace(A=A + quantiles(channel) - channel)
    if method in ("quantile", "Tquantile"):
        channels = np.hstack([A - M / 2, A + M / 2])
        groups = _targets(data, targets) if method == "Tquantile" else None
        return _from_channels(data, _within(channels, groups, quantiles))
    if method == "cyclicloess":
        warn('method="cyclicloess" has no effect on data of two colours.', InputWarning)
    return data.replace()


def _quantiles_of(options: Mapping[str, Any]) -> Callable[..., FloatArray]:
    """Quantile normalisation of an array with the options of the public function."""
    ties = flag(options.get("ties", True), "ties")
    return partial(equal_quantiles, ties=ties)


def _within(
    channels: FloatArray,
    groups: AnyArray | None,
    function: Callable[[FloatArray], FloatArray],
) -> FloatArray:
    """Columns normalised within groups, or all together."""
    if groups is None:
        return function(channels)
    result = np.empty(channels.shape)
    for number in range(groups.max() + 1):
        own = groups == number
        result[:, own] = function(channels[:, own])
    return result


def _from_channels(data: MAList, channels: FloatArray) -> MAList:
    green, red = np.hsplit(channels, 2)
    return data.replace(M=red - green, A=(red + green) / 2)


def _targets(data: MAList, targets: Any) -> AnyArray:
    """Number of the target of each channel, all green ones first."""
    n_channels = 2 * data.shape[1]
    given = data.get("targets") if targets is None else targets
    if given is None:
        raise InputError('method="Tquantile" needs `targets`, with columns Cy3 and Cy5.')
    if isinstance(given, pd.DataFrame):
        lacking = [name for name in _CHANNELS if name not in given]
        if lacking:
            raise InputError(f"`targets` lacks columns {quoted(lacking)}.")
        given = aligned(given, data.col_names, "samples", "targets")[list(_CHANNELS)]
    labels = np.asarray(given, dtype=object).ravel(order="F")
    if labels.size != n_channels:
        raise ShapeError(
            f"`targets` has {labels.size} labels; there are {n_channels} channels of "
            f"{data.shape[1]} arrays."
        )
    codes = pd.factorize(labels)[0]
    if (codes < 0).any():
        raise InputError(f"`targets` is missing for {(codes < 0).sum()} channels.")
    return codes
