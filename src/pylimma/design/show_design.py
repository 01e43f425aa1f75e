"""What a design fits in each combination of levels, as a sum of its coefficients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import text
from pylimma.containers.components import Components
from pylimma.containers.names import INTERCEPT
from pylimma.design.contrasts.description import contrast_text
from pylimma.design.description import DesignDescription
from pylimma.design.formula.parser import parse_arithmetic
from pylimma.design.formula.random import split_random
from pylimma.design.formula.variables import names_in
from pylimma.design.intake import check_sizes
from pylimma.design.matrices import model_matrix
from pylimma.design.rank import finite_matrix
from pylimma.design.tables import TableLike, parse_table
from pylimma.draw import draw
from pylimma.errors import DesignError, ShapeError, with_noun
from pylimma.numerics.regression.linalg import factor_design
from pylimma.record import Record
from pylimma.typing import DesignLike, FloatArray

_TOLERANCE = 1e-9  # entries that differ by less are the same
_INFLATED = 5.0  # variance inflation that is worth a remark, as textbooks have it
_MOST_LINES = 30  # of cells in print


@dataclass(frozen=True, slots=True, eq=False)
class DesignView(Record):
    """The cells of a design, with what it fits in each of them.

    Attributes
    ----------
    cells : DataFrame
        A row for each combination of levels that samples have: its level of every factor, the
        number of samples ``n``, and the ``fitted`` value as a sum of coefficients. ``[age]``
        stands for a sample's own value of the covariate age.
    weights : DataFrame of shape (cells, coefs)
        How often each coefficient is part of the fitted value; NaN where this depends on a
        covariate.
    cooccurrence : dict of str to DataFrame
        For each two factors, ``"group × batch"``, the numbers of samples of each two levels.
    vif : Series of shape (coefs,)
        Variance inflation: the factor by which relations between the columns increase the
        variance of each coefficient. NaN for the intercept, infinite for coefficients that cannot
        be estimated.
    design : DataFrame of shape (samples, coefs)
        The design matrix.
    """

    cells: pd.DataFrame
    weights: pd.DataFrame
    cooccurrence: dict[str, pd.DataFrame]
    vif: pd.Series
    design: pd.DataFrame

    def plot(self, ax: Any = None) -> Any:
        """Picture of the model: each cell's fitted value as a path of coefficients.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        Axes
            Where it was drawn. Heights are schematic: the picture shows which coefficients add up
            to which cell, not their sizes.
        """
        return draw("design", **self._drawn(), ax=ax)

    def _drawn(self) -> dict[str, Any]:
        labels = ["\n".join(map(str, row[:-2])) for row in self.cells.itertuples(index=False)]
        return {"cells": labels, "counts": self.cells["n"].tolist(), "weights": self.weights}

    def remarks(self) -> list[str]:
        """What deserves attention: combinations without samples, coefficients hard to estimate."""
        said = []
        for pair, table in self.cooccurrence.items():
            places = np.argwhere(table.to_numpy() == 0)
            empty = [(str(table.index[i]), str(table.columns[j])) for i, j in places]
            if empty:
                first = ", ".join(" with ".join(names) for names in empty[:3])
                more = f" and {len(empty) - 3} more" if len(empty) > 3 else ""
                said.append(f"{pair}: no samples for {first}{more}.")
        lost = [str(name) for name, value in self.vif.items() if value == np.inf]
        if lost:
            said.append(f"Not estimable, as they repeat other coefficients: {', '.join(lost)}.")
        inflated = self.vif[(self.vif > _INFLATED) & (self.vif < np.inf)]
        if len(inflated):
            worst = ", ".join(f"{name} ({value:.3g})" for name, value in inflated.items())
            said.append(
                f"Variance inflation above {_INFLATED:g}: {worst}. Interactions and curves of a "
                "covariate inflate by their coding; factors do where they are confounded."
            )
        return said

    def __repr__(self) -> str:
        n_cells, n_coefs = self.weights.shape
        sizes = with_noun(len(self.design), "sample"), with_noun(n_cells, "cell")
        lines = [
            f"Design of {' in '.join(sizes)}, {with_noun(n_coefs, 'coefficient')}",
            _left_aligned(self.cells.head(_MOST_LINES)),
        ]
        if n_cells > _MOST_LINES:
            lines.append(f"… and {n_cells - _MOST_LINES} more cells")
        finite = self.vif[np.isfinite(self.vif)]
        if len(finite) and finite.max() > 1 + _TOLERANCE:
            shown = ", ".join(f"{name} {value:.3g}" for name, value in finite.items())
            lines.append(f"Variance inflation: {shown}")
        return "\n".join([*lines, *self.remarks()])

    def _repr_html_(self) -> str:
        tables = [self.cells.to_html(index=False, max_rows=_MOST_LINES)]
        tables += [table.to_html() for table in self.cooccurrence.values()]
        said = "".join(f"<li>{_escaped(remark)}</li>" for remark in self.remarks())
        return f"{draw('design_svg', **self._drawn())}{''.join(tables)}<ul>{said}</ul>"


def show_design(
    formula: str | DesignLike,
    samples: TableLike | None = None,
    *,
    reference: Mapping[str, object] | None = None,
) -> DesignView:
    r"""What a design fits in each combination of levels, as a sum of its coefficients.

    Parameters
    ----------
    formula : str, DataFrame, array of shape (samples, coefs) or fit
        A formula such as ``"~ group + batch"``, a design matrix, or a fit.
    samples : DataFrame, mapping of str to array of shape (samples,), or AnnData, optional
        The samples. Needed by a formula; designs and fits without them are shown by their
        different rows.
    reference : mapping of str to level, optional
        Reference levels of the factors of a formula, as ``{"group": "control"}``.

    Returns
    -------
    DesignView
        `cells`, `weights`, `cooccurrence`, `vif` and `design`; it prints as a table, and its method
        `plot` draws the model with its coefficients. Notebooks show both.

    Raises
    ------
    DesignError
        If a formula comes without samples or does not fit them, `reference` without a formula.
    ShapeError
        If a design has more or fewer rows than there are samples.

    See Also
    --------
    model_matrix : The design matrix of a formula.
    describe_design : Terms and conditions of a design.
    describe_contrast : What a contrast means, in words.

    Notes
    -----
    The fitted value of sample :math:`j` is :math:`\sum_k x_{jk}\beta_k`, the same for all samples
    of a cell but for covariates. A contrast is a difference of such sums: what two cells share
    cancels, and what is left is the contrast's coefficients. With :math:`R_k^2` from the regression
    of column :math:`k` on the others, the variance inflation is :math:`1/(1-R_k^2)` [1]_; it is
    centred where another column is constant. Random intercepts are not part of the picture.

    References
    ----------
    .. [1] Fox J, Monette G (1992). Journal of the American Statistical Association 87:178-183.
       https://doi.org/10.1080/01621459.1992.10475190

    Examples
    --------
    >>> import pandas as pd, pylimma as pl
    >>> samples = pd.DataFrame({"group": ["wt", "wt", "ko", "ko"], "batch": ["a", "b", "a", "b"]})
    >>> pl.show_design("~ group + batch", samples, reference={"group": "wt"})
    Design of 4 samples in 4 cells, 3 coefficients
    group batch  n  fitted
    wt    a      1                      (Intercept)
    wt    b      1             (Intercept) + batchb
    ko    a      1            (Intercept) + groupko
    ko    b      1   (Intercept) + groupko + batchb
    """
    design, description, table = _parsed(formula, samples, reference)
    matrix = finite_matrix(design, "formula")
    factors, of_cell = _factor_levels(design, matrix, description, table)
    first, cell = _first_of_each(of_cell)
    depends = _covariates_of_columns(description, matrix.shape[1])
    weights = matrix[first].copy()
    weights[:, [k for k, (_, part) in enumerate(depends) if part]] = np.nan
    active = np.zeros_like(weights, dtype=bool)
    np.logical_or.at(active, cell, np.abs(matrix) > _TOLERANCE)
    names = list(map(str, design.columns))
    cells = factors.iloc[first].reset_index(drop=True)
    cells["n"] = np.bincount(cell)
    cells["fitted"] = [
        _sum(row, on, names, depends) for row, on in zip(weights, active, strict=True)
    ]
    shown = np.where(active, weights, 0.0)
    return DesignView(
        cells,
        pd.DataFrame(shown, columns=names),
        _cooccurrence(factors) if description is not None else {},
        pd.Series(_variance_inflation(matrix), index=names, name="vif"),
        design,
    )


def _parsed(
    formula: Any, samples: Any, reference: Mapping[str, object] | None
) -> tuple[pd.DataFrame, DesignDescription | None, pd.DataFrame | None]:
    """The design with its description, and the table of its samples where there is one."""
    table = None if samples is None else parse_table(samples, "samples", "sample")
    if isinstance(formula, str):
        if table is None:
            raise DesignError("`samples` is needed: the table whose columns the formula names.")
        fixed, _ = split_random(text(formula, "formula"))
        design = model_matrix(fixed, table, reference=reference)
        return design, DesignDescription.read(design), table
    if reference is not None:
        raise DesignError(
            "`reference` chooses levels of a formula's factors, and `formula` is not text."
        )
    description = DesignDescription.read(formula)
    if isinstance(formula, Components):
        table = formula.get("targets") if table is None else table
        if formula.get("design") is None:
            raise DesignError("`formula` has no component 'design', so there is none to show.")
        formula = formula.frame("design")
    design = _named(formula)
    if table is not None and len(table) != len(design):
        raise ShapeError(f"The design has {len(design)} rows, `samples` has {len(table)}.")
    known = description if description is not None and description.formula else None
    return design, known if table is not None else None, table


def _named(design: Any) -> pd.DataFrame:
    """A design as a table with names of its columns."""
    if isinstance(design, pd.DataFrame):
        return design
    matrix = finite_matrix(design, "formula")
    check_sizes(matrix)
    return pd.DataFrame(matrix, columns=[f"x{k + 1}" for k in range(matrix.shape[1])])


def _factor_levels(
    design: pd.DataFrame,
    matrix: FloatArray,
    description: DesignDescription | None,
    table: pd.DataFrame | None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The level of each factor in each sample, and what tells the cells apart."""
    if description is None or table is None:
        rows = pd.DataFrame(np.round(matrix, 9) + 0.0)
        samples = pd.Series(list(map(str, design.index)))
        of_row = samples.groupby(list(rows.to_numpy().T), sort=False)
        names = of_row.transform(lambda s: ", ".join([*s.head(3), *(["…"] * (len(s) > 3))]))
        return pd.DataFrame({"samples": names}), rows
    frame = pd.DataFrame(index=range(len(design)))
    for name, about in description.columns.items():
        if not description.is_factor(name):
            continue
        if "values" in about:
            labels, known = _levels_of_numbers(name, description, matrix, table)
        else:
            labels, known = table[name].astype(str).to_numpy(), about["levels"]
        frame[name] = pd.Categorical(labels, known)
    return frame, frame


def _levels_of_numbers(
    name: str, description: DesignDescription, matrix: FloatArray, table: pd.DataFrame
) -> Any:
    """The levels that a formula made of a numeric column, such as those of ``cut(dose, 3)``."""
    about = description.columns[name]
    names = list(map(str, about["value_names"]))
    own = [
        position
        for term, positions in description.terms.items()
        if _columns_in(term, description) == {name}
        for position in positions
    ]
    known = np.array([description.cond(**{name: value}).to_numpy() for value in about["values"]])
    apart = np.abs(matrix[:, None, own] - known[None, :, own]).sum(axis=2)
    if not own or (apart.min(axis=1) > _TOLERANCE).any():
        return table[name].to_numpy(), np.unique(table[name])
    return np.array(names, dtype=object)[apart.argmin(axis=1)], names


def _columns_in(term: str, description: DesignDescription) -> set[str]:
    """The columns of the data that a term, or a variable of it, is made of."""
    return (
        set() if term == INTERCEPT else {*names_in(parse_arithmetic(term))} & {*description.columns}
    )


def _first_of_each(levels: pd.DataFrame) -> tuple[Any, Any]:
    """The first sample of each cell, in the order of levels, and the cell of each sample."""
    if not levels.shape[1]:
        return np.array([0]), np.zeros(len(levels), dtype=np.intp)
    cell = levels.groupby(list(levels.columns), observed=True).ngroup().to_numpy()
    return np.unique(cell, return_index=True)[1], cell


def _covariates_of_columns(
    description: DesignDescription | None, n_columns: int
) -> list[tuple[str, str]]:
    """The term of each column and what of it depends on covariates, empty for factors alone."""
    depends = [("", "")] * n_columns
    if description is None:
        return depends
    for term, positions in description.terms.items():
        parts = [
            part
            for part in _parts(term)
            if not all(map(description.is_factor, _columns_in(part, description)))
        ]
        for position in positions:
            depends[position] = (term, ":".join(parts))
    return depends


def _parts(term: str) -> list[str]:
    """The variables of a term; colons in parentheses do not separate them."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(term):
        depth += (letter == "(") - (letter == ")")
        if letter == ":" and not depth:
            parts.append(term[start:place])
            start = place + 1
    return [*parts, term[start:]]


def _sum(weights: FloatArray, active: Any, names: list[str], depends: list[tuple[str, str]]) -> str:
    """The fitted value of a cell as text."""
    plain = np.where(np.isnan(weights), 0.0, weights)
    terms = [contrast_text(plain, names)] if plain.any() else []
    of_covariates: dict[str, tuple[str, list[str]]] = {}
    for name, on, (term, part) in zip(names, active, depends, strict=True):
        if on and part:
            of_covariates.setdefault(term, (part, []))[1].append(name)
    for part, used in of_covariates.values():
        curve = used[0].rstrip("0123456789")  # ns(age, 3)1, ns(age, 3)2, …
        terms.append(f"{used[0]} * [{part}]" if len(used) == 1 else f"curve {curve}")
    return " + ".join(terms) or "0"


def _cooccurrence(factors: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Numbers of samples of each two levels of each two factors."""
    return {
        f"{one} × {other}": pd.crosstab(factors[one], factors[other])
        for one, other in combinations(factors.columns, 2)
    }


def _variance_inflation(x: FloatArray) -> FloatArray:
    """1 / (1 - R²) of each column on the others, infinite for redundant columns."""
    factors = factor_design(x)
    constant = np.ptp(x, axis=0) < _TOLERANCE
    inflation = np.full(x.shape[1], np.inf)
    # (X'X)⁻¹ₖₖ = 1 / RSSₖ of column k on the others
    centred = x - x.mean(axis=0) if constant[factors.independent].any() else x
    inflation[factors.independent] = (
        np.diag(factors.covariance) * ((centred**2).sum(axis=0)[factors.independent])
    )
    inflation[constant & np.isfinite(inflation)] = np.nan
    return inflation


def _left_aligned(table: pd.DataFrame) -> str:
    """A table as text, a line for each row; numbers are aligned to the right."""
    columns = []
    for name in table.columns:
        words = [str(name), *map(str, table[name])]
        width = max(map(len, words))
        right = pd.api.types.is_integer_dtype(table[name])
        columns.append([w.rjust(width) if right else w.ljust(width) for w in words])
    return "\n".join("  ".join(row).rstrip() for row in zip(*columns, strict=True))


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
