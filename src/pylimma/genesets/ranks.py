r"""Rank sums of sets of genes, with a variance that allows for correlation within the set.

With :math:`m` of :math:`n` genes in a set and :math:`m_2 = n - m`, the number :math:`U` of pairs
in which the gene outside has the higher rank has mean :math:`m m_2/2`. Its variance is the
classical one, or for genes of the set that are correlated by :math:`\rho` [1]_

.. math::
   \sigma^2 = \frac{m m_2}{2\pi} \left\{ \sin^{-1} 1 + (m_2 - 1) \sin^{-1} \tfrac12
   + (m - 1)(m_2 - 1) \sin^{-1} \tfrac{\rho}{2} + (m - 1) \sin^{-1} \tfrac{\rho + 1}{2} \right\},

and :math:`1 - \sum t(t^2 - 1)/\{n(n^2 - 1)\}` of it where groups of :math:`t` values are tied.

References
----------
.. [1] Barry WT, Nobel AB, Wright FA (2008). Ann Appl Stat 2:286-315.
   https://doi.org/10.1214/07-AOAS146
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pylimma.arguments import flag, number, random_generator, vector, whole
from pylimma.containers.names import names_of
from pylimma.errors import InputError, InputWarning, Note, check_choice, warn
from pylimma.genesets.sets import parse_sets
from pylimma.numerics.distributions.tails import t_log_sf
from pylimma.numerics.ranks import average_ranks
from pylimma.record import Record
from pylimma.typing import FloatArray, IntArray, RandomLike

_MOST_SIMULATIONS = 10_000_000
_ALTERNATIVES = {
    "mixed": "mixed",
    "either": "either",
    "two.sided": "either",
    "up": "up",
    "greater": "up",
    "down": "down",
    "less": "down",
}


@dataclass(frozen=True, slots=True, eq=False)
class RankSumTest(Record):
    """P-values of a rank sum test in both directions.

    Attributes
    ----------
    less : float
        P-value against lower statistics of the set.
    greater : float
        P-value against higher statistics of the set.
    """

    less: float
    greater: float

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> FloatArray:
        return np.array([self.less, self.greater], dtype=dtype)


@dataclass(frozen=True, slots=True, eq=False)
class Ranks(Record):
    """Statistics as ranks from 1, ties averaged."""

    rank: FloatArray  # (genes,)
    tied: float  # share of the variance that ties take away

    @classmethod
    def of(cls, statistics: FloatArray) -> Ranks:
        """Ranks of statistics without missing values."""
        n = float(statistics.size)
        _, ties = np.unique(statistics, return_counts=True)
        # sum of t (t² - 1) over n (n² - 1), t the sizes of tied groups
        tied = (ties * (ties - 1.0) * (ties + 1.0)).sum() / max(n * (n - 1) * (n + 1), 1.0)
        return cls(average_ranks(statistics), float(tied))

    def log_tails(
        self, rank_sum: FloatArray, size: FloatArray, correlation: ArrayLike, df: ArrayLike
    ) -> tuple[FloatArray, FloatArray]:
        """Logs of the p-values against lower and higher ranks of sets, by their rank sums."""
        n = float(self.rank.size)
        rest = n - size
        below = size * rest + size * (size + 1) / 2 - rank_sum - size * rest / 2
        variance = _variance(size, rest, np.asarray(correlation, float)) * (1 - self.tied)
        with np.errstate(divide="ignore", invalid="ignore"):
            sigma = np.sqrt(variance)
            less, greater = (below - 0.5) / sigma, (below + 0.5) / sigma
        return t_log_sf(less, df), t_log_sf(-greater, df)


def _variance(size: FloatArray, rest: FloatArray, correlation: FloatArray) -> FloatArray:
    """Variance of U; NaN where no such correlation is possible."""
    with np.errstate(invalid="ignore"):
        correlated = (
            np.arcsin(1.0)
            + (rest - 1) * np.arcsin(0.5)
            + (size - 1) * (rest - 1) * np.arcsin(correlation / 2)
            + (size - 1) * np.arcsin((correlation + 1) / 2)
        ) / (2 * np.pi)
    plain = (size + rest + 1) / 12
    factor = np.where((correlation == 0) | (size == 1), plain, correlated)
    return np.where(factor >= 0, factor, np.nan) * size * rest


def rank_sum_test_with_correlation(
    index: Any, statistics: ArrayLike, correlation: float = 0, df: float = np.inf
) -> RankSumTest:
    r"""P-values of a rank sum test whose set holds correlated genes.

    Parameters
    ----------
    index : array of int, bool or str
        The set: positions, a mask, or names where the statistics have some.
    statistics : array of shape (genes,)
        Statistics of all genes; a Series gives their names. NaN is excluded.
    correlation : float
        Average correlation between the genes of the set, from -1 to 1.
    df : float
        Degrees of freedom of the correlation, where it is an estimate.

    Returns
    -------
    RankSumTest
        Components `less` and `greater`; NaN where the set could not have this correlation.

    Raises
    ------
    InputError
        If the correlation, its degrees of freedom or a position are out of range, or no name of
        the set is among those of the statistics.

    Warns
    -----
    InputWarning
        If statistics are missing.

    See Also
    --------
    camera_pr : The same for many sets.

    Notes
    -----
    Wilcoxon's test with a continuity correction, ties, and the variance of [1]_.

    References
    ----------
    .. [1] Wu D, Smyth GK (2012). Nucleic Acids Research 40:e133.
       https://doi.org/10.1093/nar/gks461

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> statistics = np.arange(100.0)
    >>> test = pylimma.rank_sum_test_with_correlation(range(80, 90), statistics, correlation=0.1)
    >>> round(test.greater, 4)
    0.0013
    """
    rho = number(correlation, "correlation", -1, 1)
    degrees = number(df, "df", 0, inside=True)
    values, positions = _set_and_statistics(index, statistics)
    ranks = Ranks.of(values)
    size = np.array([float(positions.size)])
    tails = ranks.log_tails(np.array([ranks.rank[positions].sum()]), size, rho, degrees)
    less, greater = (float(np.exp(tail[0])) for tail in tails)
    return RankSumTest(less, greater)


def _set_and_statistics(index: Any, statistics: Any) -> tuple[FloatArray, IntArray]:
    """Statistics without missing values, and the positions of the set among them."""
    names = names_of(statistics.index) if isinstance(statistics, pd.Series) else None
    values = vector(statistics, "statistics")
    positions = parse_sets({"set1": index}, names, values.size).positions
    known = ~np.isnan(values)
    if known.all():
        return values, positions
    warn(f"{int((~known).sum())} missing `statistics` are excluded.", InputWarning)
    place = np.cumsum(known) - 1
    return values[known], place[positions[known[positions]]]


def gene_set_test(
    index: Any,
    statistics: ArrayLike,
    alternative: str = "mixed",
    type: str = "auto",
    ranks_only: bool = True,
    nsim: int = 9999,
    *,
    rng: RandomLike = None,
) -> float:
    r"""P-value of one set against all other genes, these taken as independent.

    Parameters
    ----------
    index : array of int, bool or str
        The set: positions, a mask, or names where the statistics have some.
    statistics : array of shape (genes,)
        Statistics of all genes; a Series gives their names. NaN is excluded.
    alternative : {"mixed", "either", "up", "down", "two.sided", "greater", "less"}
        Whether statistics of the set are larger in absolute value, in the one direction or the
        other, higher, or lower than others. Beginnings of these words will do.
    type : {"auto", "t", "f"}
        Whether statistics have signs, as t has, or are one-sided, as F; by their signs when
        "auto".
    ranks_only : bool
        Whether ranks are compared, or means with those of random sets of the same size.
    nsim : int
        Number of random sets.
    rng : Generator, int or None
        Source of randomness of the random sets, or a seed for it.

    Returns
    -------
    float
        P-value; of random sets at least 1/(nsim + 1).

    Raises
    ------
    InputError
        If one-sided statistics are asked for a direction, a choice is unknown, or no name of the
        set is among those of the statistics.

    Warns
    -----
    Note
        That genes are taken as independent: correlated genes make p-values too small.

    See Also
    --------
    camera_pr : Allows for correlation between the genes of a set.

    References
    ----------
    .. [1] Michaud J et al. (2008). BMC Genomics 9:363. https://doi.org/10.1186/1471-2164-9-363

    Examples
    --------
    >>> import warnings
    >>> import numpy as np
    >>> import pylimma
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     pylimma.gene_set_test([84, 88, 93], np.arange(-30.0, 70), alternative="up") < 0.05
    True
    """
    alternative = _alternative(alternative)
    check_choice(str(type).lower(), ("auto", "t", "f"), "type")
    by_ranks, n_sets = flag(ranks_only, "ranks_only"), whole(nsim, "nsim", 1, _MOST_SIMULATIONS)
    generator = random_generator(rng, "rng")
    values, positions = _set_and_statistics(index, statistics)
    one_sided = type.lower() == "f" or (
        type.lower() == "auto" and bool((values >= 0).all() or (values <= 0).all())
    )
    if one_sided and alternative != "mixed":
        raise InputError(
            f"One-sided statistics such as F tell no direction: `alternative` must be 'mixed', not "
            f"'{alternative}'; pass type='t' if these statistics have signs."
        )
    warn(
        "`gene_set_test` takes genes as independent; where those of a set are correlated its "
        "p-values are too small. `camera_pr` allows for correlation.",
        Note,
    )
    if positions.size == 0:
        return 1.0
    values = {"mixed": np.abs(values), "down": -values}.get(alternative, values)
    if by_ranks:
        return _rank_p_value(values, positions, two_sided=alternative == "either")
    if alternative == "either":
        return _random_sets_p_value(values, positions, n_sets, generator, np.abs)
    return _random_sets_p_value(values, positions, n_sets, generator, np.asarray)


def _alternative(alternative: Any) -> str:
    """The alternative that a word or its beginning stands for."""
    text = str(alternative).replace("_", ".") if isinstance(alternative, str) else ""
    found = {v for word, v in _ALTERNATIVES.items() if text and word.startswith(text)}
    if len(found) != 1:
        check_choice(alternative, _ALTERNATIVES, "alternative")
    return found.pop()


def _rank_p_value(values: FloatArray, positions: IntArray, *, two_sided: bool) -> float:
    ranks = Ranks.of(values)
    rank_sum, size = np.array([ranks.rank[positions].sum()]), np.array([float(positions.size)])
    less, greater = (np.exp(tail[0]) for tail in ranks.log_tails(rank_sum, size, 0.0, np.inf))
    return float(min(1.0, 2 * min(less, greater)) if two_sided else greater)


def _random_sets_p_value(
    values: FloatArray, positions: IntArray, n_sets: int, rng: np.random.Generator, size: Any
) -> float:
    """P-value of the mean of a set among those of random sets."""
    observed = size(values[positions].mean())
    exceeded = 0
    for _ in range(n_sets):
        chosen = rng.choice(values.size, positions.size, replace=False, shuffle=False)
        exceeded += size(values[chosen].mean()) >= observed
    return float((exceeded + 1) / (n_sets + 1))


def wilcox_gst(index: Any, statistics: ArrayLike, **options: Any) -> float:
    """P-value of one set against all other genes by their ranks.

    Parameters
    ----------
    index : array of int, bool or str
        The set: positions, a mask, or names where the statistics have some.
    statistics : array of shape (genes,)
        Statistics of all genes; a Series gives their names. NaN is excluded.
    **options : object
        `alternative` and `type`, as in `gene_set_test`.

    Returns
    -------
    float
        P-value.

    Raises
    ------
    InputError
        If an option is unknown, or as in `gene_set_test`.

    Warns
    -----
    Note
        That genes are taken as independent: correlated genes make p-values too small.

    See Also
    --------
    gene_set_test : The same, or by random sets.

    Examples
    --------
    >>> import warnings
    >>> import numpy as np
    >>> import pylimma
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     pylimma.wilcox_gst([84, 88, 93], np.arange(-30.0, 70), alternative="up") < 0.05
    True
    """
    for name in options:
        check_choice(name, ("alternative", "type"), "option of `wilcox_gst`")
    return gene_set_test(index, statistics, **options)
