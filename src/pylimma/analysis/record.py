"""The record of an analysis: its choices, its data and the result of every step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pylimma.analysis.options import Options
from pylimma.containers.counts import DGEList
from pylimma.containers.decisions import TestResults
from pylimma.containers.expression import EList
from pylimma.containers.fit import MArrayLM
from pylimma.exploration.ordination import MDS
from pylimma.fit.correlation import DuplicateCorrelation
from pylimma.genesets.identifiers import kind_of
from pylimma.genesets.set_tests import SetTests
from pylimma.record import Record
from pylimma.report.words import BY_IDENTIFIERS, GENES, FeatureWords
from pylimma.typing import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class AnalysisRecord(Record):
    """Choices, data and results of an analysis; `Analysis` describes the fields."""

    options: Options
    formula: str
    data: DGEList | EList
    samples: pd.DataFrame
    kept: BoolArray
    counts: DGEList | None
    design: pd.DataFrame
    block: np.ndarray | None
    correlation: DuplicateCorrelation | None
    expression: EList
    models: MArrayLM
    fit: MArrayLM
    treated: MArrayLM | None
    decisions: TestResults
    tables: dict[str, pd.DataFrame]
    mds: MDS | None
    warnings: tuple[str, ...]
    sets: SetTests | None = None

    @property
    def tested(self) -> MArrayLM:
        """The fit behind the tables: that of `treat` where there is a threshold."""
        return self.fit if self.treated is None else self.treated

    @property
    def words(self) -> FeatureWords:
        """What the rows are called: genes, unless their identifiers are of something else."""
        names = self.expression.row_names
        if self.options.takes_counts or names is None:
            return GENES
        return BY_IDENTIFIERS.get(kind_of(map(str, names)), GENES)

    @property
    def trend(self) -> tuple[FloatArray, FloatArray] | None:
        """Points and curve of the mean-variance trend behind the weights, x and y in the rows."""
        for source in (self.models, self.expression):
            points, line = source.get("voom_xy"), source.get("voom_line")
            if points is not None and line is not None:
                return _coordinates(points), _coordinates(line)
        return None

    @property
    def sample_weights(self) -> FloatArray | None:
        """Weights of the samples, where the method estimates them."""
        found = self.expression.get("sample_weights")
        return None if found is None else np.asarray(found, dtype=float)


def _coordinates(curve: Any) -> FloatArray:
    x, y = (curve["x"], curve["y"]) if hasattr(curve, "keys") else curve
    return np.array([np.asarray(x, dtype=float), np.asarray(y, dtype=float)])
