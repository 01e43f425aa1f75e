r"""Statistics of other distributions as normal deviates with the same tails, and back.

The deviate of a value is :math:`z = \Phi^{-1}(P(X \le q))`, by the logarithm of the smaller tail.
For t there are also the closed formulas of Hill [1]_, Bailey [2]_ and Wallace [3]_.

References
----------
.. [1] Hill GW (1970). Commun ACM 13:617-619. https://doi.org/10.1145/355598.362775
.. [2] Bailey BJR (1980). Appl Stat 29:304-308. https://doi.org/10.2307/2346904
.. [3] Wallace DL (1959). Ann Math Stat 30:1121-1130.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pylimma.adapters.labels import aligned_to
from pylimma.arguments import flag, numbers
from pylimma.errors import InputTypeError, ShapeError, check_choice, quoted
from pylimma.numerics.distributions.hypergeometric import hyper_log_cdf, hyper_log_pmf, hyper_log_sf
from pylimma.numerics.distributions.named_tails import DISTRIBUTIONS
from pylimma.numerics.distributions.quantiles import t_isf_log
from pylimma.numerics.distributions.tails import broadcast, gamma_log_cdf, gamma_log_sf, t_log_sf
from pylimma.typing import FloatArray

Approximation: TypeAlias = Literal["bailey", "hill", "wallace"]

_LARGEST_DF = 1e100
_SQUARABLE = 1e150  # larger values have no finite square


def z_of_tails(log_lower: FloatArray, log_upper: FloatArray) -> FloatArray:
    """Normal deviates by the smaller of two tails, the lower one on ties."""
    by_upper = log_upper < log_lower
    z: FloatArray = special.ndtri_exp(np.where(by_upper, log_upper, log_lower))
    return np.where(by_upper, -z, z)


def z_of_t(t: ArrayLike, df: ArrayLike) -> FloatArray:
    """Normal deviates of t-statistics."""
    z: FloatArray = -special.ndtri_exp(t_log_sf(np.abs(t), df))
    return np.copysign(np.abs(z), np.asarray(t))


def t_of_z(z: ArrayLike, df: ArrayLike) -> FloatArray:
    """Values of a t variable with the tails of normal deviates."""
    log_tail: FloatArray = special.log_ndtr(-np.abs(z))
    return np.copysign(np.abs(t_isf_log(log_tail, df)), np.asarray(z))


def z_of_gamma(q: ArrayLike, shape: ArrayLike, scale: ArrayLike) -> FloatArray:
    """Normal deviates of gamma variables, by the upper tail above their mean."""
    q, shape, scale = np.broadcast_arrays(*(np.asarray(v, float) for v in (q, shape, scale)))
    above = q > shape * scale
    tail = np.where(above, gamma_log_sf(q, shape, scale), gamma_log_cdf(q, shape, scale))
    z: FloatArray = special.ndtri_exp(tail)
    return np.where(above, -z, z)


def z_of_hyper(q: ArrayLike, m: ArrayLike, n: ArrayLike, k: ArrayLike) -> FloatArray:
    """Normal deviates of hypergeometric counts, by mid-p tails."""
    half = hyper_log_pmf(q, m, n, k) - np.log(2)
    with np.errstate(invalid="ignore"):  # missing counts
        below = np.logaddexp(hyper_log_cdf(np.asarray(q, float) - 1, m, n, k), half)
        above = np.logaddexp(hyper_log_sf(q, m, n, k), half)
    return z_of_tails(below, above)


def z_of_t_bailey(t: ArrayLike, df: ArrayLike) -> FloatArray:
    """Normal deviates of t-statistics by Bailey's approximation [2]."""

    def size(t: FloatArray, d: FloatArray) -> FloatArray:
        # (d + 1/8) / (d + 9/8) sqrt((d + 19/12) log(1 + t² / (d + 1/12)))
        log_term = _log1p_ratio(t, d + 1 / 12)
        return (d + 1 / 8) / (d + 9 / 8) * np.sqrt((d + 19 / 12) * log_term)

    return np.copysign(broadcast(size, np.abs(t), np.minimum(df, _LARGEST_DF)), np.asarray(t))


def z_of_t_wallace(t: ArrayLike, df: ArrayLike) -> FloatArray:
    """Normal deviates of t-statistics by Wallace's approximation [3]."""

    def size(t: FloatArray, d: FloatArray) -> FloatArray:
        # (d + 1/8) / (d + 3/8) sqrt(d log(1 + t² / d))
        return (d + 1 / 8) / (d + 3 / 8) * np.sqrt(d * _log1p_ratio(t, d))

    return np.copysign(broadcast(size, np.abs(t), np.minimum(df, _LARGEST_DF)), np.asarray(t))


def z_of_t_hill(t: ArrayLike, df: ArrayLike) -> FloatArray:
    """Normal deviates of t-statistics by Hill's approximation [1], for more than 1/2 `df`."""

    def size(t: FloatArray, d: FloatArray) -> FloatArray:
        # √w (1 + (w + 3 - (0.4w³ + 3.3w² + 24w + 85.5) / (0.8w² + 100 + b)) / b) with
        # a = d - 1/2, b = 48a² and w = a log(1 + t²/d)
        a = d - 0.5
        b, w = 48 * a * a, a * _log1p_ratio(t, d)
        rest = (((-0.4 * w - 3.3) * w - 24) * w - 85.5) / (0.8 * w * w + 100 + b)
        return ((rest + w + 3) / b + 1) * np.sqrt(w)

    return np.copysign(broadcast(size, np.abs(t), np.minimum(df, _LARGEST_DF)), np.asarray(t))


def _log1p_ratio(t: FloatArray, d: FloatArray) -> FloatArray:
    """Log of 1 + t**2 / d for t of any size."""
    near = np.minimum(t, _SQUARABLE)
    return np.log1p(near / d * near) + 2 * np.log(np.maximum(t / _SQUARABLE, 1.0))


_APPROXIMATIONS: dict[str, Callable[[ArrayLike, ArrayLike], FloatArray]] = {
    "bailey": z_of_t_bailey,
    "hill": z_of_t_hill,
    "wallace": z_of_t_wallace,
}

_KEYWORDS = {"lambda": "lambda_"}  # a parameter that cannot be a name in Python
# Parameters of which one says what another does: what may be given of them.
_ALTERNATIVES: dict[str, list[set[str]]] = {
    "gamma": [{"rate"}, {"scale"}, set()],
    "nbinom": [{"prob"}, {"mu"}],
}


def zscore(q: ArrayLike, distribution: str | None = None, **parameters: Any) -> FloatArray:
    r"""Normal deviates with the tail probabilities of values from a named distribution.

    Parameters
    ----------
    q : array
        Values.
    distribution : str
        "beta", "binom", "cauchy", "chisq", "exp", "f", "gamma", "geom", "hyper", "lnorm",
        "logis", "nbinom", "norm", "pois", "t", "unif" or "weibull".
    **parameters : array
        Parameters of the distribution, named as in R: `df` of "t" and "chisq"; `df1`, `df2`;
        `shape` and `rate` or `scale`; `mean`, `sd`; `size`, `prob`; `mu`; `shape1`,
        `shape2`; `lambda` (given as ``**{"lambda": 6}``).

    Returns
    -------
    array of the broadcast shape
        Deviates, accurate however far in the tails.

    Raises
    ------
    InputError
        If the distribution is unknown.
    InputTypeError
        If its parameters have other names, or something is not a number.
    ShapeError
        If shapes do not broadcast together.

    See Also
    --------
    zscore_t, zscore_gamma, zscore_hyper : For distributions met most.

    Notes
    -----
    :math:`z = \Phi^{-1}(P(X \le q))`, by the smaller tail and in logs. For counts that is the
    lower tail with, or the upper one without, the count itself; `zscore_hyper` halves it.

    Examples
    --------
    >>> from pylimma import zscore
    >>> zscore([1.0, 40.0], "chisq", df=1).round(2)
    array([0.48, 6.22])
    """
    check_choice(distribution, DISTRIBUTIONS, "distribution")
    tails = DISTRIBUTIONS[str(distribution)]
    _check_parameters(parameters, tails, str(distribution))
    values = _numbers(q=q, **parameters)
    q = values.pop("q")
    with np.errstate(all="ignore"):
        below, above = tails(q, **{_KEYWORDS.get(name, name): values[name] for name in values})
    return z_of_tails(below, above)


def zscore_t(
    x: ArrayLike,
    df: ArrayLike,
    approx: bool = False,
    method: Approximation = "bailey",
) -> FloatArray:
    r"""Normal deviates with the tail probabilities of t-statistics.

    Parameters
    ----------
    x : array
        t-statistics.
    df : array
        Degrees of freedom, positive or infinite.
    approx : bool
        Whether a closed formula is used, which is fast and accurate to a few digits.
    method : {"bailey", "hill", "wallace"}
        The formula.

    Returns
    -------
    array of the broadcast shape
        Deviates of the same sign, accurate however far in the tails unless approximate.

    Raises
    ------
    InputError
        If the formula is unknown.
    InputTypeError
        If something is not a number.
    ShapeError
        If shapes do not broadcast together.

    See Also
    --------
    t_zscore : The way back.

    References
    ----------
    .. [1] Hill GW (1970). Commun ACM 13:617-619. https://doi.org/10.1145/355598.362775
    .. [2] Bailey BJR (1980). Appl Stat 29:304-308. https://doi.org/10.2307/2346904
    .. [3] Wallace DL (1959). Ann Math Stat 30:1121-1130.

    Examples
    --------
    >>> from pylimma import zscore_t
    >>> zscore_t([2.0, -50.0], df=10).round(3)
    array([ 1.79, -7.32])
    """
    check_choice(method, _APPROXIMATIONS, "method")
    values = _numbers(x=x, df=df)
    transform = _APPROXIMATIONS[method] if flag(approx, "approx") else z_of_t
    return transform(values["x"], values["df"])


def t_zscore(z: ArrayLike, df: ArrayLike) -> FloatArray:
    """Values of a t variable with the tail probabilities of normal deviates.

    Parameters
    ----------
    z : array
        Normal deviates.
    df : array
        Degrees of freedom, positive or infinite.

    Returns
    -------
    array of the broadcast shape
        t-statistics of the same sign.

    Raises
    ------
    InputTypeError
        If something is not a number.
    ShapeError
        If shapes do not broadcast together.

    See Also
    --------
    zscore_t : The way back.

    Examples
    --------
    >>> from pylimma import t_zscore
    >>> float(t_zscore(1.96, df=5).round(3))
    2.571
    """
    values = _numbers(z=z, df=df)
    return t_of_z(values["z"], values["df"])


def zscore_gamma(
    q: ArrayLike, shape: ArrayLike, rate: ArrayLike = 1, scale: ArrayLike | None = None
) -> FloatArray:
    """Normal deviates with the tail probabilities of gamma variables.

    Parameters
    ----------
    q : array
        Values.
    shape : array
        Shape of the distribution.
    rate, scale : array
        Rate, or scale as its inverse, which goes first if given.

    Returns
    -------
    array of the broadcast shape
        Deviates.

    Raises
    ------
    InputTypeError
        If something is not a number.
    ShapeError
        If shapes do not broadcast together.

    See Also
    --------
    zscore : For other distributions.

    Examples
    --------
    >>> from pylimma import zscore_gamma
    >>> zscore_gamma([0.1, 30.0], shape=2).round(3)
    array([-2.599,  6.884])
    """
    if scale is None:
        with np.errstate(divide="ignore"):
            scale = 1 / numbers(rate, "rate")
    values = _numbers(q=q, shape=shape, scale=scale)
    with np.errstate(divide="ignore", invalid="ignore"):  # a scale of zero
        return z_of_gamma(values["q"], values["shape"], values["scale"])


def zscore_hyper(q: ArrayLike, m: ArrayLike, n: ArrayLike, k: ArrayLike) -> FloatArray:
    """Normal deviates of hypergeometric counts, by mid-p tail probabilities.

    Parameters
    ----------
    q : array
        Marked among those drawn.
    m, n : array
        All marked, all others.
    k : array
        Number drawn.

    Returns
    -------
    array of the broadcast shape
        Deviates; infinite for impossible counts.

    Raises
    ------
    InputTypeError
        If something is not a number.
    ShapeError
        If shapes do not broadcast together.

    See Also
    --------
    zscore : For other distributions.

    Notes
    -----
    Half of the probability of the count itself goes to each tail.

    Examples
    --------
    >>> from pylimma import zscore_hyper
    >>> zscore_hyper([2, 10], m=15, n=40, k=12).round(3)
    array([-0.866,  4.541])
    """
    values = _numbers(q=q, m=m, n=n, k=k)
    return z_of_hyper(values["q"], values["m"], values["n"], values["k"])


def _check_parameters(given: Mapping[str, Any], tails: Callable[..., Any], name: str) -> None:
    """Raise unless the parameters are those of a distribution, one of two that say the same."""
    words = {keyword: word for word, keyword in _KEYWORDS.items()}
    taken = {words.get(key, key): p for key, p in [*signature(tails).parameters.items()][1:]}
    needed = {word for word, p in taken.items() if p.default is p.empty}
    pairs = _ALTERNATIVES.get(name, [set()])
    either = {word for pair in pairs for word in pair}
    if not needed <= set(given) <= set(taken) or set(given) & either not in pairs:
        of_two = f" ({' or '.join(sorted(either))}, not both)" if either else ""
        raise InputTypeError(
            f"Parameters of '{name}' are {quoted(taken)}{of_two}; got {quoted(given) or 'none'}."
        )


def _numbers(**arguments: Any) -> dict[str, FloatArray]:
    """Arguments as arrays of floats that broadcast together."""
    first = next(iter(arguments.values()))
    matched = {name: aligned_to(value, first, "values", name) for name, value in arguments.items()}
    arrays = {name: numbers(value, name) for name, value in matched.items()}
    try:
        np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"`{name}` {array.shape}" for name, array in arrays.items())
        raise ShapeError(f"Shapes that do not go together: {shapes}.") from None
    return arrays
