r"""Overdispersion that ambiguous mapping adds to the counts of transcripts [1].

In one sample, resampled counts :math:`u_{tb}` of transcript *t* with mean :math:`\bar u_t` have the
index of dispersion :math:`\sum_b (u_{tb} - \bar u_t)^2 / \bar u_t`. Its sum over samples
:math:`X_t` has :math:`d_t` degrees of freedom. The ratios to the Poisson variance
:math:`s_t = X_t / d_t` are shrunk to a common prior :math:`s_0` of :math:`d_0` degrees of freedom.

References
----------
.. [1] Baldoni PL et al. (2024). Nucleic Acids Res 52:e13. https://doi.org/10.1093/nar/gkad1167
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import fdtri

from pylimma.containers.counts import DGEList
from pylimma.errors import InputWarning, quoted, warn
from pylimma.record import Record
from pylimma.typing import AnyArray, FloatArray, IntArray

DF_PRIOR = 3.0  # d_0


@dataclass(frozen=True, slots=True, eq=False)
class Overdispersion(Record):
    """Overdispersions of transcripts and their prior."""

    overdispersion: FloatArray  # (transcripts,) ratio to the Poisson variance, at least one
    prior: float  # what it is shrunk to


def index_of_dispersion(resamples: AnyArray) -> tuple[FloatArray, FloatArray]:
    """Index of dispersion of each transcript and its degrees of freedom; both 0 without reads.

    `resamples` has shape (resamples, transcripts).
    """
    mean = resamples.mean(axis=0)
    squares = ((resamples - mean) ** 2).sum(axis=0)
    counted = mean > 0
    statistic = np.divide(squares, mean, out=np.zeros(len(mean)), where=counted)
    return statistic, np.where(counted, len(resamples) - 1.0, 0.0)


def moderated_overdispersion(statistic: FloatArray, df: FloatArray) -> Overdispersion:
    """Shrink overdispersions to a common prior; all are one where no transcript has resamples."""
    known = df > 0
    if not known.any():
        return Overdispersion(np.ones(len(df)), 1.0)
    raw = statistic[known] / df[known]
    # s_0 = max(1, median(s) / F^-1(1/2; median of d_t, d_0))
    centre = fdtri(np.median(df[known]), DF_PRIOR, 0.5)
    prior = max(1.0, float(np.median(raw) / centre))
    # max(1, (d_0 s_0 + d_t s_t) / (d_0 + d_t))
    values = np.full(len(df), prior)
    values[known] = (DF_PRIOR * prior + statistic[known]) / (DF_PRIOR + df[known])
    return Overdispersion(np.maximum(values, 1.0), prior)


@dataclass(frozen=True, slots=True, eq=False)
class TranscriptCounts(Record):
    """Counts of transcripts and how much more than Poisson counts they vary.

    Attributes
    ----------
    counts : DataFrame of shape (transcripts, samples)
        Estimated reads.
    annotation : DataFrame of transcripts
        Columns `Length` and `EffectiveLength`, in bases, and `Overdispersion`, at least one.
    overdispersion_prior : float
        What overdispersions are shrunk to.
    resample_type : str or None
        How resamples were drawn, "bootstrap" or "gibbs", where the program says so.
    """

    counts: pd.DataFrame
    annotation: pd.DataFrame
    overdispersion_prior: float
    resample_type: str | None = None

    def to_dge_list(self, *, samples: Any = None, group: Any = None) -> DGEList:
        """Counts divided by their overdispersion, which then vary like counts of genes.

        Parameters
        ----------
        samples : DataFrame of samples, optional
            What is known of the samples, matched by name.
        group : sequence of shape (samples,), optional
            Groups of the samples.

        Returns
        -------
        DGEList
            With the annotation as `genes`.
        """
        divided = self.counts.div(self.annotation["Overdispersion"], axis=0)
        return DGEList(divided, samples=samples, group=group, genes=self.annotation)


@dataclass(frozen=True, slots=True, eq=False)
class Resamples(Record):
    """Spread of the resampled counts of one sample."""

    statistic: FloatArray  # (transcripts,) sums of squares over means
    df: FloatArray  # (transcripts,) their degrees of freedom
    kind: str | None = None  # how they were drawn, where the program says so

    @classmethod
    def none(cls, n_transcripts: int) -> Resamples:
        """No resamples of any transcript."""
        return cls(np.zeros(n_transcripts), np.zeros(n_transcripts))

    @classmethod
    def of(cls, values: AnyArray, kind: str | None = None) -> Resamples:
        """Spread of resampled counts, of shape (resamples, transcripts)."""
        return cls(*index_of_dispersion(values), kind)

    def take(self, places: IntArray) -> Resamples:
        """Spread of the transcripts at some places."""
        return replace(self, statistic=self.statistic[places], df=self.df[places])


def transcript_counts(
    tables: Mapping[str, pd.DataFrame], resamples: Mapping[str, Resamples], hint: str
) -> TranscriptCounts:
    """Transcripts of all samples with their overdispersions; `hint` is how resamples are drawn.

    The tables are named by transcript, in the same order, and have columns `counts`, `length`,
    `effective_length`.
    """
    first = next(iter(tables.values()))
    statistic = np.sum([sample.statistic for sample in resamples.values()], axis=0)
    df = np.sum([sample.df for sample in resamples.values()], axis=0)
    without = [name for name, sample in resamples.items() if not sample.df.any()]
    if len(without) == len(resamples):
        warn(
            f"No sample has resamples, so that overdispersions are unknown and set to one; let "
            f"the quantification draw bootstrap or Gibbs samples: run {hint}.",
            InputWarning,
        )
    elif without:
        warn(
            f"No resamples of {quoted(without)}: overdispersions are those of the other samples; "
            f"run {hint}.",
            InputWarning,
        )
    found = moderated_overdispersion(statistic, df)
    names = pd.Index(first.index.to_numpy())
    annotation = {
        "Length": first["length"].to_numpy(),
        "EffectiveLength": first["effective_length"].to_numpy(),
        "Overdispersion": found.overdispersion,
    }
    counts = {name: table["counts"].to_numpy(float) for name, table in tables.items()}
    kinds = [sample.kind for name, sample in resamples.items() if name not in without]
    return TranscriptCounts(
        pd.DataFrame(counts, index=names),
        pd.DataFrame(annotation, index=names),
        found.prior,
        kinds[-1] if kinds else None,
    )
