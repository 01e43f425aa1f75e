"""What a design knows about itself: its terms, its factors, and its contrasts in words."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from numpy.typing import ArrayLike

from pylimma import arguments
from pylimma.design.contrasts.description import contrast_in_words
from pylimma.design.formula.model import FormulaModel
from pylimma.errors import DesignError, quoted


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


def saturated(n_samples: int, rank: int, description: FormulaModel | None) -> str:
    """What is wrong with a design that has a coefficient for each sample."""
    factors = [] if description is None else list(description.columns.items())
    many = [
        (name, len(about["levels"]), about.get("odd"))
        for name, about in factors
        if len(about.get("levels", ())) > n_samples / 2
    ]
    said = [
        f"'{name}' is a factor with {n_levels} levels"
        + (
            f", though all but {quoted(odd)} are numbers"
            if odd
            else ", though all are numbers"
            if odd is not None
            else ""
        )
        for name, n_levels, odd in many
    ]
    hint = "Remove variables from the formula, or add replicates."
    if any(odd is not None for *_, odd in many):
        hint = "Make it numeric first, for one slope in place of a coefficient for each value."
    return (
        f"{n_samples} samples, {rank} coefficients, 0 residual degrees of freedom: the variances "
        f"cannot be estimated. {'; '.join([*said, ''])[:-2] + '. ' if said else ''}{hint}"
    )


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
