"""The contents of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pylimma.containers.counts import DGEList
from pylimma.containers.expression import EList
from pylimma.containers.fit import MArrayLM
from pylimma.exploration.ordination import MDS
from pylimma.genesets.set_tests import SetTests
from pylimma.record import Record
from pylimma.report.words import FeatureWords
from pylimma.typing import BoolArray, FloatArray

MOST_CORRELATED = 400  # samples; more names cannot be read


@dataclass(frozen=True, slots=True, eq=False)
class Reference(Record):
    """A paper."""

    text: str  # authors, year, title and journal
    doi: str  # its identifier


@dataclass(frozen=True, slots=True, eq=False)
class ReportContents(Record):
    """Everything a page shows of an analysis."""

    facts: Mapping[str, str]  # the summary; "prior", "calls" and perhaps "blocks" are used apart
    warnings: Sequence[str]
    formula: str
    data: DGEList | EList  # all genes
    kept: BoolArray  # (genes,) those that passed the filter; what follows is of these alone
    counts: DGEList | None  # None for log-expression
    expression: EList  # log2 expression
    samples: pd.DataFrame  # with library sizes where there are counts
    groups: pd.Series  # (samples,) categorical, the condition of each
    mds: MDS | None
    trend: tuple[FloatArray, FloatArray] | None  # points and curve, each of shape (2, number)
    design: pd.DataFrame  # (samples, coefs)
    fit: MArrayLM  # of the contrasts
    calls: FloatArray  # (genes, contrasts) −1, 0 or 1
    tables: Mapping[str, pd.DataFrame]  # by contrast, in the order of the data, log10 p-values
    methods: str  # the methods paragraph, which cites `references` by number
    references: Sequence[Reference]
    settings: Mapping[str, object]  # the options of the analysis
    sets: SetTests | None  # tested gene sets
    fdr: float  # below which a gene, or a gene set, is significant
    lfc: float  # cut-off of the log2 fold changes; 0 where tests are against a threshold
    adjusted: str  # what the adjusted p-values are called
    words: FeatureWords

    @property
    def unit(self) -> str:
        """What expression is measured in."""
        known = f"log2 {self.words.level}"
        return known if self.counts is None else "log2 counts per million"

    @property
    def correlated(self) -> bool:
        """Whether correlations of samples are shown."""
        values = self.expression["E"]
        complete = int(np.isfinite(values).all(axis=1).sum())
        return 1 < values.shape[1] <= MOST_CORRELATED and complete > 1

    @property
    def n_down(self) -> list[int]:
        """Number of genes down in each contrast."""
        return [int(n) for n in (self.calls < 0).sum(axis=0)]

    @property
    def n_up(self) -> list[int]:
        """Number of genes up in each contrast."""
        return [int(n) for n in (self.calls > 0).sum(axis=0)]
