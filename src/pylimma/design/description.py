"""What a design knows about itself: its terms, its factors, and its contrasts in words."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from numpy.typing import ArrayLike

from pylimma import arguments
from pylimma.design.contrasts.description import contrast_in_words
from pylimma.design.formula.model import FormulaModel
from pylimma.errors import DesignError


@dataclass(frozen=True, slots=True, eq=False)
class DesignDescription(FormulaModel):
    """Where the columns of a design come from.

    Attributes
    ----------
    formula : str
        The formula.
    names : list of str
        Names of the coefficients as R writes them, ``groupB``.
    bracket_names : list of str
        Names of the coefficients as formulaic writes them, ``group[T.B]``.
    naming : {'r', 'formulaic'}
        Which of the two the design uses.
    terms : dict of str to list of int
        Positions of each term's columns.
    columns : dict of str to dict
        For each column of the data that the formula uses its ``kind`` ('factor', 'logical' or
        'numeric') and ``baseline``; for factors ``levels``, with the reference first, and
        ``ordered``.
    codings : dict of str to dict
        The contrast coding of each factor: ``kind``, ``matrix``, ``suffixes``, ``brackets``.
    memory : dict
        What functions such as splines learned from the samples.
    variables : list of str
        The variables of the formula, with a dot expanded.
    """

    def meaning(self, vector: ArrayLike) -> str:
        """What a positive log fold change of a contrast means, in words.

        Parameters
        ----------
        vector : array of shape (coefs,)
            The weights of the coefficients.

        Returns
        -------
        str
            One clause, without a full stop.

        Raises
        ------
        InputTypeError, ShapeError
            If the weights are not a vector of numbers, one for each coefficient.
        """
        weights = arguments.vector(vector, "vector", len(self.names), "coefficient")
        return contrast_in_words(self, weights)


def describe_design(design: pd.DataFrame) -> DesignDescription:
    """Terms, factors and names of a design that `model_matrix` made.

    Parameters
    ----------
    design : DataFrame of shape (samples, coefs)
        The design.

    Returns
    -------
    DesignDescription
        With ``columns_of(term)``, ``cond(**levels)``, ``contrast(column, baseline,
        group_to_compare)`` and ``aliases``.

    Raises
    ------
    DesignError
        If the design was made in another way, or its columns were changed.

    See Also
    --------
    model_matrix : Makes designs.
    make_contrasts : Contrasts as text.

    Examples
    --------
    >>> import pandas as pd, pylimma as pl
    >>> design = pl.model_matrix("~group", pd.DataFrame({"group": ["A", "A", "B", "B"]}))
    >>> pl.describe_design(design).terms
    {'(Intercept)': [0], 'group': [1]}
    """
    description = DesignDescription.read(design)
    if description is None:
        raise DesignError(
            "`design` does not record where its columns come from. Designs from `model_matrix` do, "
            "as long as their columns are not changed."
        )
    return description
