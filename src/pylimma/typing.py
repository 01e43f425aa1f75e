"""Names for arrays and choices.

Shapes stand in the docstrings; these aliases say the kind.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.intp]
BoolArray: TypeAlias = NDArray[np.bool_]
AnyArray: TypeAlias = NDArray[Any]

ExpressionLike: TypeAlias = Any
"""Array, DataFrame (pandas, polars, pyarrow), sparse matrix, AnnData or container."""

DesignLike: TypeAlias = Any
"""Array or DataFrame of shape (samples, coefs), or a formula."""

RandomLike: TypeAlias = np.random.Generator | int | None
"""What `numpy.random.default_rng` takes."""

AdjustMethod: TypeAlias = Literal[
    "none", "BH", "fdr", "BY", "holm", "bonferroni", "hochberg", "hommel"
]
