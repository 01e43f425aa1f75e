"""Transcripts of several samples with the overdispersion of their mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution

from pylimma.containers.counts import DGEList
from pylimma.errors import InputError, InputWarning, warn
from pylimma.record import Record
from pylimma.typing import AnyArray, FloatArray

DF_PRIOR = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Overdispersion(Record):
    """Overdispersions of transcripts and their prior."""

    overdispersion: FloatArray  # (transcripts,) ratio to the Poisson variance, at least one
    prior: float  # what it is shrunk to


def index_of_dispersion(resamples: AnyArray) -> tuple[FloatArray, FloatArray]:
    """Sum of squares of resampled counts over their mean, and its degrees of freedom."""
    mean = resamples.mean(axis=0)
    squares = ((resamples - mean) ** 2).sum(axis=0)
    counted = mean > 0
    statistic = np.divide(squares, mean, out=np.zeros(len(mean)), where=counted)
    return statistic, np.where(counted, len(resamples) - 1.0, 0.0)


def moderated_overdispersion(statistic: FloatArray, df: FloatArray) -> Overdispersion:
    r"""Shrink the overdispersions of transcripts to a common prior.

    .. math:: \tilde\sigma^2_t = \max\left(1, \frac{d_0 s_0 + d_t s_t}{d_0 + d_t}\right), \quad
              s_t = \frac{X_t}{d_t}, \quad
              s_0 = \max\left(1, \frac{\mathrm{median}(s)}{F^{-1}_{\bar d, d_0}(1/2)}\right)
    """
    known = df > 0
    if not known.any():
        return Overdispersion(np.ones(len(df)), 1.0)
    raw = statistic[known] / df[known]
    centre = f_distribution.ppf(0.5, np.median(df[known]), DF_PRIOR)
    prior = max(1.0, float(np.median(raw) / centre))
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
        """Counts divided by their overdispersion, which vary as those of genes do.

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

    @classmethod
    def none(cls, n_transcripts: int) -> Resamples:
        """Nothing known of any transcript."""
        return cls(np.zeros(n_transcripts), np.zeros(n_transcripts))

    @classmethod
    def of(cls, values: AnyArray) -> Resamples:
        """Spread of resampled counts."""
        return cls(*index_of_dispersion(values))


def caught(
    tables: Mapping[str, pd.DataFrame],
    columns: Mapping[str, str],
    resamples: Sequence[Resamples],
    resample_type: str | None = None,
) -> TranscriptCounts:
    """Transcripts of all samples with their overdispersions."""
    first = next(iter(tables.values()))
    for name, table in tables.items():
        if not table.index.equals(first.index):
            raise InputError(f"Sample '{name}' has other transcripts than the first.")
    statistic = np.sum([sample.statistic for sample in resamples], axis=0)
    df = np.sum([sample.df for sample in resamples], axis=0)
    if not df.any():
        warn(
            "No sample has resamples, so that overdispersions are unknown and taken as one; let "
            "the quantification draw bootstrap or Gibbs samples.",
            InputWarning,
        )
    found = moderated_overdispersion(statistic, df)
    names = pd.Index(first.index.to_numpy())
    counts = {name: table[columns["counts"]].to_numpy(float) for name, table in tables.items()}
    annotation = {
        name: first[column].to_numpy() for name, column in columns.items() if name != "counts"
    }
    return TranscriptCounts(
        pd.DataFrame(counts, index=names),
        pd.DataFrame({**annotation, "Overdispersion": found.overdispersion}, index=names),
        found.prior,
        resample_type,
    )
