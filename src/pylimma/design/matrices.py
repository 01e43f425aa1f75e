"""Design matrices from a formula and a table of samples."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from pylimma.arguments import mapping, text
from pylimma.design.formula.calls import Column
from pylimma.design.formula.columns import design_columns
from pylimma.design.formula.levels import (
    Factor,
    factor_from_categorical,
    factor_from_values,
    learned_levels,
    logical_factor,
    sorted_names,
    sounds_like_control,
    used_levels,
    with_reference,
)
from pylimma.design.formula.model import ATTRIBUTE, formula_model
from pylimma.design.formula.numeric_text import warn_of_text_numbers
from pylimma.design.formula.parser import Name, shortened
from pylimma.design.formula.terms import Terms, formula_terms
from pylimma.design.formula.variables import CONSTANTS, Evaluator, missing_column, names_in
from pylimma.design.tables import TableLike, parse_table
from pylimma.errors import (
    DesignError,
    InputWarning,
    Note,
    check_choice,
    nearest,
    quoted,
    warn,
)
from pylimma.typing import AnyArray

# names of columns whose numbers are labels
_CODES = re.compile(
    r"(?i)(batch|plate|lane|chip|array|run|block|pair|donor|patient|subject|animal|mouse|litter"
    r"|family|individual|person|clone|cluster|cohort|site|centre|center)(_?(id|no|nr|num|number))?$"
)
FEW_INTEGERS = 6  # as many different whole numbers may well be the codes of groups


def model_matrix(
    formula: str,
    data: TableLike,
    *,
    reference: Mapping[str, object] | None = None,
    contrasts: Mapping[str, object] | None = None,
    naming: Literal["r", "formulaic"] = "r",
) -> pd.DataFrame:
    r"""Design matrix of a formula, with a row for each sample and a column for each coefficient.

    Parameters
    ----------
    formula : str
        Such as ``"~ group + batch"``: names of columns of `data`, joined by ``+``, ``:``, ``*``,
        ``/``, ``^`` and ``%in%``; ``0 +`` or ``- 1`` remove the intercept. Curves and
        transformations are ``ns(x, 3)``, ``bs(x, df = 5)``, ``poly(x, 2)``, ``poly(x, z)``,
        ``log2(x)``, ``scale(x)``, ``pmax(x, z)``, ``I(x^2)``; categorical variables are made by
        ``factor(x)``, ``cut(x, c(0, 10, 20))``, ``x > 60``, ``relevel(x, "ref")``,
        ``interaction(a, b)`` and ``C(x, contr.sum)``. Names that are not words are quoted with
        backticks. An ``offset(x)`` is dropped. The text is parsed and never evaluated by Python.
    data : DataFrame, mapping of str to array of shape (samples,), or AnnData
        The samples. Text, categorical and Boolean columns are factors; numbers are covariates.
    reference : mapping of str to level, optional
        The level of each named factor that comes first, with which the others are compared.
    contrasts : mapping of str to {'treatment', 'SAS', 'sum', 'helmert', 'poly'} or matrix, optional
        Coding of each named factor, a matrix having a row for each level. By default 'poly' for
        ordered categoricals and 'treatment' for others.
    naming : {'r', 'formulaic'}
        Names of the coefficients: ``(Intercept)``, ``groupB``, or ``Intercept``, ``group[T.B]``.
        Contrasts may use either.

    Returns
    -------
    DataFrame of shape (samples, coefs)
        The design, with the names of the samples. `describe_design` gives the columns of a term
        and the weights of the coefficients in a condition.

    Raises
    ------
    DesignError
        If the formula cannot be parsed, names a column that `data` lacks, calls an unknown
        function, or uses a column with missing values.
    InputTypeError
        If `data` is not a table.

    Warns
    -----
    InputWarning
        If a covariate holds few different whole numbers, which may be codes of groups, or if all
        but a few values of a text column are numbers (also with a decimal comma).
    Note
        If levels that no sample has were dropped, an offset was dropped, or the alphabet chose a
        reference level while another is called control, wild type or the like.

    See Also
    --------
    describe_design : Terms and conditions of a design.
    make_contrasts : Comparisons between its coefficients.

    Notes
    -----
    Columns, names and their order are those of R's ``model.matrix`` [1]_. A factor of a term is
    coded by contrasts if the model also has the term without this factor, and otherwise has a
    column for each level. So ``~a:b`` has the intercept and a column for each pair of levels, and
    is not of full rank. Levels of text columns are sorted as in a dictionary (a, B, c) in every
    locale; those of categoricals keep their order. Unlike R, unused levels are dropped, and
    missing values are an error rather than a reason to remove samples.

    References
    ----------
    .. [1] Chambers JM, Hastie TJ (1992). Statistical Models in S, chapter 2. Wadsworth.

    Examples
    --------
    >>> import pandas as pd, pylimma as pl
    >>> samples = pd.DataFrame({"group": ["wt", "wt", "ko", "ko"]}, index=["a", "b", "c", "d"])
    >>> pl.model_matrix("~ group", samples, reference={"group": "wt"}).astype(int)
       (Intercept)  groupko
    a            1        0
    b            1        0
    c            1        1
    d            1        1
    """
    check_choice(naming, ("r", "formulaic"), "naming")
    formula = text(formula, "formula")
    reference = {} if reference is None else mapping(reference, "reference")
    contrasts = {} if contrasts is None else mapping(contrasts, "contrasts")
    samples = parse_table(data, "data", "sample")
    if not len(samples):
        raise DesignError("`data` has no rows; a design needs samples.")
    terms = formula_terms(formula, tuple(map(str, samples.columns)))
    evaluator = _evaluator(terms, samples, reference)
    try:
        columns = design_columns(terms, evaluator, list(samples.index), contrasts)
    except RecursionError:
        raise DesignError(f"The formula '{shortened(formula)}' is nested too deeply.") from None
    _warn_of_covariates_that_may_be_groups(terms, evaluator, samples)
    odd = warn_of_text_numbers(terms, evaluator, samples)
    _note_unchosen_references(evaluator, columns.names, reference)
    names = columns.names if naming == "r" else columns.bracket_names
    doubled = sorted(name for name, number in Counter(names).items() if number > 1)
    if doubled:
        warn(f"Several coefficients of the design are named {quoted(doubled)}.", InputWarning)
    design = pd.DataFrame(columns.matrix, index=samples.index, columns=list(names))
    model = formula_model(formula, terms, columns, evaluator, naming)
    for name, values in odd.items():
        model["columns"][name]["odd"] = values
    design.attrs[ATTRIBUTE] = model
    return design


def _evaluator(terms: Terms, samples: pd.DataFrame, reference: Mapping[str, object]) -> Evaluator:
    """The columns that the formula names, as factors and numbers."""
    present = list(map(str, samples.columns))
    wanted = dict.fromkeys(name for v in terms.variables for name in names_in(v))
    _drop_offsets(terms, present)
    used = [name for name in wanted if name in present]
    doubled = [name for name in used if present.count(name) > 1]
    if doubled:
        raise DesignError(f"`data` has several columns named '{doubled[0]}'.")
    named = [v.name for v in (*terms.variables, *terms.removed) if isinstance(v, Name)]
    for name in named:
        if name not in present and name not in CONSTANTS:
            raise missing_column(name, present)
    unknown = [name for name in reference if name not in used]
    if unknown:
        raise DesignError(
            f"`reference` names '{unknown[0]}', which the formula does not use; it uses "
            f"{quoted(nearest(unknown[0], used))}."
        )
    columns: dict[str, Column] = {}
    evaluator = Evaluator(columns, len(samples))
    for name in used:
        column = _column(samples.iloc[:, present.index(name)], name)
        if isinstance(column, Factor):
            column = used_levels(column, name)
            if name in reference:
                column = with_reference(column, reference[name], name)
            column = learned_levels(column, name, evaluator.memory)
        elif name in reference:
            raise DesignError(
                f"`reference` names '{name}', which is numeric. In a formula "
                f"relevel(factor({name}), '{reference[name]}') makes it categorical."
            )
        columns[name] = column
    return evaluator


def _drop_offsets(terms: Terms, present: Sequence[str]) -> None:
    for offset in terms.offsets:
        for name in names_in(offset):
            if name not in present and name not in CONSTANTS:
                raise missing_column(name, present)
        warn(
            f"'{offset}' is dropped, as R drops it from a design. `voom` takes offsets of the "
            "counts as `offset`.",
            Note,
        )


def _column(series: pd.Series, name: str) -> Column:
    """A column of the data as a factor or as numbers, none of them missing."""
    missing = series.isna().to_numpy(dtype=bool)
    if missing.any():
        where = series.index[missing]
        raise DesignError(
            f"'{name}' is missing in the samples {quoted(where)}. Remove these samples from the "
            "data and from the expression values, or fill in the values."
        )
    if isinstance(series.dtype, pd.CategoricalDtype):
        return factor_from_categorical(pd.Categorical(series))
    if pd.api.types.is_bool_dtype(series):
        return logical_factor(series.to_numpy(dtype=bool))
    if series.dtype.kind == "c":
        raise DesignError(f"'{name}' holds complex numbers; a covariate is real.")
    if pd.api.types.is_datetime64_any_dtype(series) or series.dtype.kind == "m":
        raise DesignError(
            f"'{name}' holds {series.dtype}, which is neither a number nor a group: convert it to "
            "days since the first date, or to text."
        )
    numbers = _numbers(series)
    return replace(factor_from_values(series.tolist()), text=True) if numbers is None else numbers


def _numbers(series: pd.Series) -> AnyArray | None:
    """The values as doubles, or None if some are text."""
    if series.dtype.kind not in "iuf" and any(isinstance(value, str | bytes) for value in series):
        return None
    try:
        return series.to_numpy(dtype=np.float64)
    except (TypeError, ValueError):
        return None


def _warn_of_covariates_that_may_be_groups(
    terms: Terms, evaluator: Evaluator, samples: pd.DataFrame
) -> None:
    """Warn of whole numbers that may be codes, but for 0 and 1, which mean the same either way.

    Few integers that repeat may be codes, floats if they are 1, 2, 3, …, and any number of them
    where the name says so.
    """
    present = list(map(str, samples.columns))
    for name, column in evaluator.columns.items():
        if isinstance(column, Factor) or Name(name) not in terms.variables:
            continue
        distinct = np.unique(column)
        with np.errstate(invalid="ignore"):  # missing values are refused elsewhere
            whole = bool((distinct == np.rint(distinct)).all())
        integers = samples.iloc[:, present.index(name)].dtype.kind != "f"
        few = len(distinct) <= FEW_INTEGERS and len(distinct) < len(column)
        few = few and (integers or _is_count(distinct))
        called = len(distinct) > 2 and _CODES.search(name) is not None
        if whole and (few or called) and not set(distinct) <= {0.0, 1.0}:
            warn(
                f"'{name}' holds {len(distinct)} different whole numbers and is used as a "
                "covariate with one slope. If they are codes of groups, write "
                f"factor({Name(name)}).",
                InputWarning,
            )


def _is_count(distinct: AnyArray) -> bool:
    """Whether numbers count from 0 or 1."""
    n = len(distinct)
    return n > 2 and distinct[0] in (0.0, 1.0) and bool((np.diff(distinct) == 1).all())


def _note_unchosen_references(
    evaluator: Evaluator, names: Sequence[str], reference: Mapping[str, object]
) -> None:
    """Note reference levels that the alphabet chose although another sounds like a control."""
    for name, column in evaluator.columns.items():
        if not isinstance(column, Factor) or column.ordered or name in reference:
            continue
        first, *others = column.levels
        by_alphabet = list(column.levels) in (sorted(column.levels), sorted_names(column.levels))
        coded = f"{name}{first}" not in names and f"{name}{others[-1] if others else ''}" in names
        controls = [level for level in others if sounds_like_control(level)]
        if coded and by_alphabet and controls and not sounds_like_control(first):
            warn(
                f"The reference level of '{name}' is '{first}', the first in the alphabet; is it "
                f"'{controls[0]}'? Choose with reference={{'{name}': '{controls[0]}'}}.",
                Note,
            )
