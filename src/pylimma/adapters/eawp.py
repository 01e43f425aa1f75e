"""Expression, annotation, weights and probes of a data object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import parse_expression
from pylimma.containers.components import Components
from pylimma.containers.ownership import private
from pylimma.record import Record
from pylimma.typing import ExpressionLike, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class ExpressionParts(Record):
    """What linear models take from a data object.

    Attributes
    ----------
    exprs : array of shape (genes, samples)
        Log2 expression or log-ratios.
    weights : array of shape (genes, samples), optional
        Weights stored with the data.
    probes : DataFrame of genes, optional
        Annotation.
    design : array of shape (samples, coefs), optional
        Design stored with the data.
    printer : PrintLayout, optional
        Layout of the spots.
    Amean : array of shape (genes,)
        Average expression, without missing values.
    gene_names, sample_names : Index, optional
        Names.
    """

    exprs: FloatArray
    weights: FloatArray | None
    probes: pd.DataFrame | None
    design: Any
    printer: Any
    Amean: FloatArray
    gene_names: pd.Index | None
    sample_names: pd.Index | None


def get_eawp(object: ExpressionLike, *, layer: str | None = None) -> ExpressionParts:
    """Expression, annotation, weights and probes of a data object.

    Parameters
    ----------
    object : array, DataFrame, AnnData, EList or MAList
        Log2 expression, genes × samples; a vector is one gene.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    ExpressionParts
        Parts that are absent are None.

    Raises
    ------
    InputTypeError
        For raw intensities.
    """
    data = parse_expression(object, layer=layer)
    printer = data.source.get("printer") if isinstance(data.source, Components) else None
    return ExpressionParts(
        exprs=np.array(data.matrix),
        weights=private(data.weights),
        probes=private(data.genes),
        design=private(data.design),
        printer=private(printer),
        Amean=data.average,
        gene_names=data.gene_names,
        sample_names=data.sample_names,
    )
