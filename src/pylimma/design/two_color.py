"""Designs of two-colour arrays: log-ratios of Cy5 to Cy3, and single channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import described, flag, mapping, plain_array, sequence, text
from pylimma.design.formula.levels import sorted_names
from pylimma.design.rank import finite_matrix
from pylimma.design.tables import LOG_RATIOS, TableLike, parse_table
from pylimma.errors import (
    DesignError,
    InputTypeError,
    Note,
    ShapeError,
    UnknownNameError,
    nearest,
    quoted,
    warn,
)
from pylimma.typing import AnyArray, DesignLike, FloatArray

DYES = ("Cy3", "Cy5")
_SIGNIFICANT_DIGITS = 14  # of the largest entry; what is beyond is rounding error
_CHANNELS = 2


def two_color_design(
    targets: TableLike,
    parameters: pd.DataFrame | None = None,
    ref: str | None = None,
    verbose: bool = False,
) -> pd.DataFrame:
    r"""Design matrix of two-colour arrays for log-ratios.

    Parameters
    ----------
    targets : DataFrame with columns Cy3 and Cy5
        The RNA sample in each channel, with a row for each array.
    parameters : DataFrame of shape (RNA samples, coefs), optional
        The contrast between RNA samples that each coefficient estimates; the index holds the names
        of all RNA samples, in any order.
    ref : str, optional
        The RNA sample with which every other is compared. Exactly one of `parameters` and `ref`
        is given.
    verbose : bool
        Whether a note lists the RNA samples that were found.

    Returns
    -------
    DataFrame of shape (arrays, coefs)
        The design.

    Raises
    ------
    DesignError
        If both or none of `parameters` and `ref` are given, `ref` is not an RNA sample, or the
        index of `parameters` does not hold the RNA samples.
    InputTypeError
        If `targets` is not a table.
    UnknownNameError
        If `targets` lack Cy3 or Cy5.

    Warns
    -----
    Note
        With `verbose`, the RNA samples.

    See Also
    --------
    unique_targets : The RNA samples.
    targets_a2c : Targets of channels, for separate-channel analysis.

    Notes
    -----
    Let column :math:`a` of :math:`J` be 1 at the Cy5 sample of array :math:`a` and -1 at its Cy3
    sample, and let the columns of :math:`P` be the parameters. Then the design is
    :math:`J^T P (P^T P)^{-1}`.

    Examples
    --------
    >>> import pandas as pd, pylimma as pl
    >>> targets = pd.DataFrame({"Cy3": ["ref", "wt", "ref"], "Cy5": ["wt", "ref", "ko"]})
    >>> pl.two_color_design(targets, ref="ref").astype(int)
       ko  wt
    0   0   1
    1   0  -1
    2   1   0
    """
    table = _targets(targets)
    found = _rna_samples(table)
    if flag(verbose, "verbose"):
        warn(f"The RNA samples are {quoted(found)}.", Note)
    if (parameters is None) == (ref is None):
        raise DesignError("Give exactly one of `parameters` and `ref`.")
    if parameters is None:
        weights = _against(text(ref, "ref"), found)
    else:
        weights = _parameters(parameters, found)
    # J is 1 at the Cy5 and -1 at the Cy3 sample of each array; the design is J'P (P'P)^-1
    green, red = (_names(table, dye) == np.array(weights.index)[:, None] for dye in DYES)
    incidence = red.astype(np.float64) - green
    comparisons = finite_matrix(weights, "parameters")
    if np.linalg.matrix_rank(comparisons) < comparisons.shape[1]:
        raise DesignError("The columns of `parameters` are linearly dependent.")
    gram = comparisons.T @ comparisons
    design = np.linalg.solve(gram, comparisons.T @ incidence).T
    frame = pd.DataFrame(_rounded(design), index=table.index, columns=weights.columns)
    frame.attrs[LOG_RATIOS] = True
    return frame


def unique_targets(targets: TableLike) -> list[str]:
    """Names of the RNA samples on two-colour arrays, in dictionary order.

    Parameters
    ----------
    targets : DataFrame with columns Cy3 and Cy5
        The RNA sample in each channel, with a row for each array.

    Returns
    -------
    list of str
        Each name once.

    Raises
    ------
    DesignError
        If names are missing.
    InputTypeError
        If `targets` is not a table.
    UnknownNameError
        If `targets` lack Cy3 or Cy5.

    See Also
    --------
    two_color_design : The design of such arrays.

    Examples
    --------
    >>> import pandas as pd, pylimma as pl
    >>> pl.unique_targets(pd.DataFrame({"Cy3": ["Ref", "wt"], "Cy5": ["mut", "Ref"]}))
    ['mut', 'Ref', 'wt']
    """
    return _rna_samples(_targets(targets))


def design_i2m(design: DesignLike) -> DesignLike:
    """Design for log-ratios from a design for single channels.

    Parameters
    ----------
    design : array or DataFrame of shape (2 × arrays, coefs)
        Rows are the Cy3 and the Cy5 channel of each array in turn.

    Returns
    -------
    array or DataFrame of shape (arrays, coefs)
        Cy5 minus Cy3.

    Raises
    ------
    DesignError
        If values are missing, infinite or not numbers.
    ShapeError
        If the number of rows is odd.

    See Also
    --------
    design_i2a : The same for average log-intensities.
    targets_a2c : The targets of single channels.

    Examples
    --------
    >>> import numpy as np, pylimma as pl
    >>> pl.design_i2m(np.array([[1, 0], [0, 1]]))
    array([[-1.,  1.]])
    """
    first, second = _channels(design)
    return _like(design, second - first)


def design_i2a(design: DesignLike) -> DesignLike:
    """Design for average log-intensities from a design for single channels.

    Parameters
    ----------
    design : array or DataFrame of shape (2 × arrays, coefs)
        Rows are the Cy3 and the Cy5 channel of each array in turn.

    Returns
    -------
    array or DataFrame of shape (arrays, coefs)
        The mean of both channels.

    Raises
    ------
    DesignError
        If values are missing, infinite or not numbers.
    ShapeError
        If the number of rows is odd.

    See Also
    --------
    design_i2m : The same for log-ratios.

    Examples
    --------
    >>> import numpy as np, pylimma as pl
    >>> pl.design_i2a(np.array([[1, 0], [0, 1]]))
    array([[0.5, 0.5]])
    """
    first, second = _channels(design)
    return _like(design, (first + second) / 2)


def targets_a2c(
    targets: TableLike,
    channel_codes: Sequence[object] = (1, 2),
    channel_columns: Mapping[str, Sequence[str]] | None = None,
    grep: bool = False,
) -> pd.DataFrame:
    """Targets with a row for each channel, from targets with a row for each array.

    Parameters
    ----------
    targets : DataFrame of arrays
        The targets.
    channel_codes : pair
        Names of the channels.
    channel_columns : mapping of str to pair of str, optional
        For each new column the columns that hold its values for the first and second channel. By
        default ``{"Target": ("Cy3", "Cy5")}``. Pairs that `targets` lacks are ignored.
    grep : bool
        Whether the given names may be parts of the columns' names, in upper or lower case. Pairs
        of which a part matches no column or several are ignored.

    Returns
    -------
    DataFrame of 2 × arrays
        ``channel_col`` with the codes, the other columns of `targets`, and the new ones; rows are
        named ``array.code``.

    Raises
    ------
    DesignError
        If there are not two channel codes, or not two columns for a new one.
    InputTypeError
        If `targets` is not a table.

    See Also
    --------
    design_i2m : Log-ratios from a design for channels.

    References
    ----------
    .. [1] Smyth GK, Altman NS (2013). Separate-channel analysis of two-channel microarrays:
       recovering inter-spot information. BMC Bioinformatics 14:165.
       https://doi.org/10.1186/1471-2105-14-165

    Examples
    --------
    >>> import pandas as pd, pylimma as pl
    >>> targets = pd.DataFrame({"Cy3": ["wt"], "Cy5": ["ko"]}, index=["x"])
    >>> pl.targets_a2c(targets)
         channel_col Target
    x.1            1     wt
    x.2            2     ko
    """
    table = parse_table(targets, "targets", "array")
    requests = {"Target": DYES}
    if channel_columns is not None:
        requests = mapping(channel_columns, "channel_columns")
    if plain_array(channel_codes, "channel_codes").ndim != 1:
        raise InputTypeError(f"`channel_codes` must be a pair; got {described(channel_codes)}.")
    grep = flag(grep, "grep")
    wrong = [name for name, pair in requests.items() if len(sequence(pair, name)) != _CHANNELS]
    if wrong or len(channel_codes) != _CHANNELS:
        what = f"columns for '{wrong[0]}'" if wrong else "`channel_codes`"
        raise DesignError(f"There are two channels: give two {what}.")
    pairs = {name: _columns(table, pair, grep=grep) for name, pair in requests.items()}
    paired = [column for pair in pairs.values() for column in pair]
    arrays, codes = np.repeat(table.index, _CHANNELS), list(channel_codes) * len(table)
    channels = table.iloc[np.repeat(np.arange(len(table)), _CHANNELS)].drop(columns=paired)
    channels.index = pd.Index([f"{a}.{code}" for a, code in zip(arrays, codes, strict=True)])
    channels.insert(0, "channel_col", codes)
    for name, pair in pairs.items():
        if pair:
            values = table[pair].to_numpy(dtype=object).ravel()  # first, second of each array
            channels[name] = pd.Series(values, index=channels.index).infer_objects()
    return channels


def _targets(targets: TableLike) -> pd.DataFrame:
    table = parse_table(targets, "targets", "array")
    for dye in DYES:
        if dye not in table.columns:
            raise UnknownNameError(
                f"`targets` needs the columns 'Cy3' and 'Cy5'; it has "
                f"{quoted(nearest(dye, table.columns))}."
            )
        missing = table[dye].isna()
        if missing.any():
            where = quoted(table.index[missing])
            raise DesignError(f"'{dye}' is missing in the rows {where} of `targets`.")
    return table


def _rna_samples(table: pd.DataFrame) -> list[str]:
    return sorted_names(name for dye in DYES for name in _names(table, dye))


def _names(table: pd.DataFrame, dye: str) -> AnyArray:
    return np.array([str(name) for name in table[dye]], dtype=object)


def _against(ref: str, found: list[str]) -> pd.DataFrame:
    """Every RNA sample against one."""
    if ref not in found:
        raise DesignError(
            f"`ref` '{ref}' is not an RNA sample; the samples are {quoted(nearest(ref, found))}."
        )
    others = [name for name in found if name != ref]
    if not others:
        raise DesignError(f"All channels hold '{ref}', so there is nothing to compare.")
    weights = np.vstack([np.full(len(others), -1.0), np.eye(len(others))])
    return pd.DataFrame(weights, index=[ref, *others], columns=others)


def _parameters(parameters: object, found: list[str]) -> pd.DataFrame:
    if not isinstance(parameters, pd.DataFrame):
        raise InputTypeError("`parameters` must be a DataFrame with the RNA samples as its index.")
    labels = [str(name) for name in parameters.index]
    if sorted(labels) != sorted(found):
        missing, extra = set(found) - set(labels), set(labels) - set(found)
        raise DesignError(
            "The index of `parameters` must hold each RNA sample once. Missing: "
            f"{quoted(sorted(missing)) or 'none'}; unknown: {quoted(sorted(extra)) or 'none'}."
        )
    return parameters.set_axis(labels, axis=0)


def _rounded(values: FloatArray) -> FloatArray:
    """Values without the digits that are rounding errors beside the largest of them."""
    largest = np.max(np.abs(values), initial=0.0)
    if largest == 0:
        return values
    decimals = max(0, _SIGNIFICANT_DIGITS - int(np.ceil(np.log10(largest))))
    return np.round(values, decimals) + 0.0  # no negative zeros


def _channels(design: DesignLike) -> tuple[FloatArray, FloatArray]:
    """Rows of the first and of the second channel."""
    values = finite_matrix(design, "design")
    if len(values) % _CHANNELS:
        raise ShapeError(
            f"`design` has {len(values)} rows; a design for channels has two for each array."
        )
    return values[::2], values[1::2]


def _like(design: DesignLike, values: FloatArray) -> DesignLike:
    return pd.DataFrame(values, columns=design.columns) if hasattr(design, "columns") else values


def _columns(table: pd.DataFrame, pair: Sequence[str], *, grep: bool) -> list[Any]:
    """The columns of both channels; none unless each is found once."""
    found: list[Any] = []
    for name in map(str, pair):
        matches = [
            column
            for column in table.columns
            if (name.lower() in str(column).lower() if grep else name == column)
        ]
        if len(matches) != 1:
            return []
        found += matches
    return found
