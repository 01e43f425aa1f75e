"""The model of a formula: its terms and variables, and its row for a sample in any condition.

The record holds texts, numbers, lists and dicts, so that it can be stored in the attributes of
a table and in files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from pylimma.arguments import described, text
from pylimma.containers.components import Components
from pylimma.design.formula.calls import Column
from pylimma.design.formula.codings import Coding
from pylimma.design.formula.columns import DesignColumns, design_columns
from pylimma.design.formula.levels import Factor, as_float, is_finite, level_position
from pylimma.design.formula.parser import Expression, parse_arithmetic
from pylimma.design.formula.terms import Terms, formula_terms
from pylimma.design.formula.variables import Evaluator, names_in
from pylimma.errors import DesignError, UnknownNameError, nearest, quoted
from pylimma.record import Record
from pylimma.typing import FloatArray

ATTRIBUTE = "pylimma_design"  # of a table that `model_matrix` made


@dataclass(frozen=True, slots=True, eq=False)
class FormulaModel(Record):
    """A formula with the factors, codings and knots that it was given by some samples."""

    formula: str
    names: list[str]
    bracket_names: list[str]
    naming: str
    terms: dict[str, list[int]]
    columns: dict[str, dict[str, Any]]
    codings: dict[str, dict[str, Any]]
    memory: dict[str, Any]
    variables: list[str]

    @classmethod
    def of_names(cls, names: Iterable[object]) -> Self:
        """The model of a design of which only the names of the columns are known."""
        known = list(map(str, names))
        terms = {name: [position] for position, name in enumerate(known)}
        return cls("", known, known, "r", terms, {}, {}, {}, [])

    @classmethod
    def read(cls, design: object) -> Self | None:
        """The model that a design or fit carries; None without one, or if columns were changed."""
        if isinstance(design, cls):
            return design
        if isinstance(design, dict) and "bracket_names" in design:
            return cls(**design)
        if isinstance(design, Components):
            return None if "contrasts" in design else design.get("description")
        about = getattr(design, "attrs", {}).get(ATTRIBUTE)
        if not isinstance(design, pd.DataFrame) or not about:
            return None
        model = cls(**about)
        return model if list(design.columns) == model.coefficients else None

    @property
    def coefficients(self) -> list[str]:
        """Names of the coefficients as the design spells them."""
        return self.names if self.naming == "r" else self.bracket_names

    @property
    def aliases(self) -> dict[str, int]:
        """Position of the coefficient of each name, in either spelling."""
        aliases = {name: position for position, name in enumerate(self.bracket_names)}
        return aliases | {name: position for position, name in enumerate(self.names)}

    def columns_of(self, term: str) -> list[int]:
        """Positions of the columns of a term.

        Parameters
        ----------
        term : str
            A term such as ``group:time``, its variables in any order.

        Returns
        -------
        list of int
            Positions, from 0.

        Raises
        ------
        UnknownNameError
            If the design has no such term.
        """
        variables = sorted(text(term, "term").split(":"))
        for known, positions in self.terms.items():
            if sorted(known.split(":")) == variables:
                return list(positions)
        raise UnknownNameError(
            f"No term '{term}' in this design; it has {quoted(nearest(term, self.terms))}."
        )

    def cond(self, **levels: object) -> pd.Series:
        """The coefficients' weights in the mean of a condition.

        Parameters
        ----------
        **levels : object
            A level for each factor, a number for each covariate. Factors that are not given are at
            their reference level, covariates at 0, or at their median where the formula has a
            function of them that is not finite at 0.

        Returns
        -------
        Series of shape (coefs,)
            The row of the design for such a sample.

        Raises
        ------
        DesignError
            If there is no such variable or level.

        Examples
        --------
        >>> import pandas as pd, pylimma as pl
        >>> design = pl.model_matrix("~group", pd.DataFrame({"group": ["A", "A", "B", "B"]}))
        >>> about = pl.describe_design(design)
        >>> (about.cond(group="B") - about.cond(group="A")).tolist()
        [0.0, 1.0]
        """
        unknown = [name for name in levels if name not in self.columns]
        if unknown:
            raise DesignError(
                f"'{unknown[0]}' is not a variable of this design; it has "
                f"{quoted(nearest(unknown[0], self.columns))}."
            )
        data = {
            name: _one_sample(name, about, levels.get(name, about["baseline"]))
            for name, about in self.columns.items()
        }
        evaluator = Evaluator(data, 1, dict(self.memory))
        codings = {name: _coding(coding) for name, coding in self.codings.items()}
        terms = formula_terms(self.formula, tuple(self.columns))
        row = design_columns(terms, evaluator, ["this condition"], codings).matrix[0]
        return pd.Series(row, index=self.coefficients)

    def contrast(self, column: str, baseline: object, group_to_compare: object) -> pd.Series:
        """The contrast between two levels of a factor.

        Parameters
        ----------
        column : str
            The factor.
        baseline, group_to_compare : object
            Levels; the contrast is the second minus the first.

        Returns
        -------
        Series of shape (coefs,)
            The contrast.
        """
        factor = text(column, "column")
        return self.cond(**{factor: group_to_compare}) - self.cond(**{factor: baseline})

    @property
    def references(self) -> dict[str, str]:
        """The reference level of each factor."""
        return {
            name: str(about["baseline"])
            for name, about in self.columns.items()
            if about["kind"] != "numeric"
        }

    def is_factor(self, column: str) -> bool:
        """Whether the formula uses a column of the data as a factor."""
        return self.columns[column]["kind"] != "numeric" or "values" in self.columns[column]

    @property
    def compared_with(self) -> dict[str, str]:
        """Reference levels of the factors whose coefficients are differences from it."""
        without = {
            name
            for variable, coding in self.codings.items()
            for name in names_in(parse_arithmetic(variable))
            if np.any(np.asarray(coding["matrix"]), axis=1).all()
        }
        return {
            name: level
            for name, level in self.references.items()
            if name not in without
            and len(self.terms.get(name, [])) != len(self.columns[name].get("levels", []))
        }


def formula_model(
    formula: str, terms: Terms, columns: DesignColumns, evaluator: Evaluator, naming: str
) -> dict[str, Any]:
    """The fields of a `FormulaModel`, as a table carries them."""
    about: dict[str, dict[str, Any]] = {}
    of_column: dict[str, list[Expression]] = {}  # the variables made of this column alone
    for variable in terms.variables:
        parts = [name for name in names_in(variable) if name in evaluator.columns]
        if len(parts) == 1:
            of_column.setdefault(parts[0], []).append(variable)
    for name, column in evaluator.columns.items():
        made = of_column.get(name, [])
        baseline = _baseline(column, made, columns)
        if not isinstance(column, Factor) and not _finite_at(baseline, name, made, evaluator):
            baseline = float(np.median(column))
        about[name] = {"kind": "numeric", "baseline": baseline}
        if not isinstance(column, Factor):
            about[name]["range"] = [float(column.min()), float(column.max())]
            about[name] |= _values_behind_levels(column, made, columns)
        else:
            about[name] |= {
                "kind": "logical" if column.logical else "factor",
                "levels": list(column.levels),
                "ordered": column.ordered,
                "text": column.text,
            }
    return {
        "formula": formula,
        "names": list(columns.names),
        "bracket_names": list(columns.bracket_names),
        "naming": naming,
        "terms": columns.terms,
        "columns": about,
        "codings": {
            name: {
                "kind": coding.kind,
                "matrix": coding.matrix.tolist(),
                "suffixes": list(coding.suffixes),
                "brackets": list(coding.brackets),
            }
            for name, coding in columns.codings.items()
        },
        "memory": evaluator.memory,
        "variables": [str(variable) for variable in terms.variables],
    }


def _baseline(column: Column, made: list[Expression], columns: DesignColumns) -> str | float:
    """The value of a column of the data where a condition does not give one.

    The reference level of the factor made of it, the number behind this level for a numeric
    column, and 0 for covariates.
    """
    for variable in made:
        value, coding = columns.variables[str(variable)], columns.codings.get(str(variable))
        if isinstance(value, Factor):
            reference = (coding and coding.reference) or 0
            sample = int(np.flatnonzero(value.codes == reference)[0])
            if isinstance(column, Factor):
                return column.levels[column.codes[sample]]
            return float(column[sample])
    return column.levels[0] if isinstance(column, Factor) else 0.0


def _values_behind_levels(
    column: FloatArray, made: list[Expression], columns: DesignColumns
) -> dict[str, Any]:
    """The levels of the one factor made of a numeric column, and a value in each of them."""
    factors = {str(v): columns.variables[str(v)] for v in made}
    if len(factors) != 1 or not isinstance(factor := next(iter(factors.values())), Factor):
        return {}
    first = [int(np.flatnonzero(factor.codes == k)[0]) for k in range(len(factor.levels))]
    variable = next(iter(factors))
    values = column[first].tolist()
    same = all(as_float(level) == value for level, value in zip(factor.levels, values, strict=True))
    names = list(factor.levels) if same else [f"{variable} {level}" for level in factor.levels]
    return {"values": values, "value_names": names}


def _finite_at(value: float | str, name: str, made: list[Expression], evaluator: Evaluator) -> bool:
    """Whether all variables made of a covariate are finite there, as log2(age) is not at 0."""
    one = Evaluator({name: np.array([float(value)])}, 1, dict(evaluator.memory))
    try:
        with np.errstate(all="ignore"):
            values = [one.value(v) for v in made if isinstance(evaluator.value(v), np.ndarray)]
    except DesignError:  # no interval of cut(x, 3) holds this value
        return False
    return all(np.isfinite(np.asarray(value, dtype=float)).all() for value in values)


def _one_sample(name: str, about: Mapping[str, Any], value: object) -> Column:
    """The column of the data for one sample."""
    if about["kind"] == "numeric":
        number = as_float(value) if isinstance(value, str) else value
        if isinstance(number, int | float | np.integer | np.floating) and is_finite(number):
            return np.array([float(number)])
        raise DesignError(f"'{name}' is a covariate and takes a number; got {described(value)}.")
    position = level_position(value, about["levels"], name)
    return Factor(
        np.array([position], dtype=np.intp),
        tuple(about["levels"]),
        ordered=about["ordered"],
        logical=about["kind"] == "logical",
        text=about.get("text", False),
    )


def _coding(about: Mapping[str, Any]) -> Coding:
    return Coding(
        about["kind"],
        np.array(about["matrix"]),
        tuple(about["suffixes"]),
        tuple(about["brackets"]),
    )
