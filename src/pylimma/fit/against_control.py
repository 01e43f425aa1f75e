"""Many groups of cells against a control, such as the perturbations of a screen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.anndata import is_anndata, layer_names, stored_matrix
from pylimma.adapters.expression import Expression, parse_counts
from pylimma.adapters.labels import aligned, column_of_samples, per_sample
from pylimma.arguments import number, numbers
from pylimma.containers.fit import MArrayLM
from pylimma.containers.names import INTERCEPT, check_levels, names_of
from pylimma.containers.ownership import Made
from pylimma.design.formula.levels import sorted_names
from pylimma.design.formula.parser import Name
from pylimma.design.intake import sample_table
from pylimma.design.matrices import model_matrix
from pylimma.errors import (
    DesignError,
    EstimationWarning,
    InputError,
    Note,
    ShapeError,
    UnknownNameError,
    nearest,
    quoted,
    warn,
)
from pylimma.fit.cell_blocks import AT_ONCE, BLOCK_ELEMENTS, Cells, check_unit
from pylimma.numerics.regression.group_means import (
    GroupComparisons,
    GroupSums,
    add_block,
    centre_covariates,
    compare_with_last,
    empty_sums,
)
from pylimma.preprocessing.counts.blocks import is_sparse
from pylimma.preprocessing.counts.checks import check_lib_size
from pylimma.typing import BoolArray, ExpressionLike, FloatArray, IntArray

_FIRST = 256  # cells whose values tell counts from logarithms
_LARGE = 2**26  # bytes of coefficients that are announced before the work starts
_LATER = 10  # arrays of the size of the coefficients that `e_bayes` makes or works with
_COPIES = 6  # of the stored values of a block while it is worked on


def fit_against_control(
    object: ExpressionLike,
    group: Any,
    control: Any,
    covariates: Any = None,
    *,
    target_sum: float | None = None,
    lib_size: Any = None,
    samples: Any = None,
    layer: str | None = None,
    n_jobs: int | None = None,
) -> MArrayLM:
    r"""Linear model of every gene with a mean for each group, compared with a control.

    Made for screens, with thousands of perturbations in hundreds of thousands of cells: no design
    matrix is built, and values are read once, block by block, also from an AnnData opened with
    ``backed="r"``.

    Parameters
    ----------
    object : AnnData, array, DataFrame, sparse matrix or EList
        Log expression, or counts with `target_sum`, genes × samples (AnnData: cells × genes).
    group : str or sequence of labels of shape (samples,)
        Group of each cell, or the column of the table of samples (AnnData: `obs`) that holds it.
        Cells without a group are excluded.
    control : label
        The group with which the others are compared.
    covariates : str, sequence of str, or array of shape (samples, covariates), optional
        What else differs between cells: columns of the table of samples, such as
        ``["batch", "log_counts"]``, a formula of them, or their values.
    target_sum : float, optional
        The values are counts :math:`y`, and :math:`\log_2(1 + y\,t/L)` is modelled, with
        :math:`t` this number, such as 10,000, and :math:`L` the library size of the cell.
        Values are logarithms when not given.
    lib_size : str or sequence of shape (samples,), optional
        Library sizes for `target_sum`, or the column that holds them; the sums of the counts of
        each cell when not given, which are too small where genes were removed.
    samples : DataFrame, optional
        Table of samples for a formula; the one stored with the data when not given.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    MArrayLM
        A coefficient "<group>-<control>" for each other group, with `coefficients`,
        `stdev_unscaled`, `cov_coefficients`, `sigma`, `df_residual` and `Amean`: what
        `contrasts_fit` gives with `against_control`, for `e_bayes`, `treat` and `tidy`.

    Raises
    ------
    UnknownNameError
        If there is no such column, layer or control group.
    InputError
        If values are missing, counts negative, there is nothing to compare, weights are stored
        with the data, or no residual degrees of freedom are left.
    DesignError
        If covariates are missing for some cells.

    Warns
    -----
    EstimationWarning
        If groups cannot be told apart from covariates; they get no estimates.
    InputWarning
        If values look like counts without `target_sum`, or like logarithms with it.
    Note
        If cells without a group were excluded, and, for large data, of the memory that is needed.

    See Also
    --------
    lm_fit : Any design, weights and missing values.
    tidy : One table of all comparisons.
    pseudobulk : Where the replicates are donors rather than cells.

    Notes
    -----
    Cell :math:`i` of group :math:`k` with covariates :math:`z_i` has expectation
    :math:`\mu_k + z_i^T\gamma`. With covariates centred within groups, least squares need the sums
    of the values over each group alone [1]_. The residual variance of a gene is shared by all
    groups; cells are taken to be independent.

    References
    ----------
    .. [1] Lovell MC (1963). J Am Stat Assoc 58:993.
       https://doi.org/10.1080/01621459.1963.10480682

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.random.default_rng(1).normal(size=(100, 60))
    >>> fit = pylimma.fit_against_control(y, np.repeat(["none", "a", "b"], 20), "none")
    >>> list(fit.col_names)
    ['a-none', 'b-none']
    """
    matrix, data = _read_cells(object, layer)
    if samples is not None:
        data = replace(data, samples=sample_table(samples, data))
    code, levels = _groups(group, control, data)
    used = code >= 0
    size = np.bincount(code[used])
    z = _covariates(covariates, used, data)
    target = None if target_sum is None else number(target_sum, "target_sum", 0, inside=True)
    cells = Cells(matrix, used, target, _library_sizes(lib_size, data))
    check_unit(cells.first(_FIRST), target)
    if (df := len(z) - len(size) - z.shape[1]) <= 0:
        raise InputError(
            f"{len(z)} cells of {len(size)} groups with {z.shape[1]} covariates leave {df} "
            f"residual degrees of freedom."
        )
    _note_memory(len(size), matrix.shape[1], z)
    centred = centre_covariates(z, code[used], size)
    sums = _sums_over_groups(cells, code[used], len(size), centred.centred, n_jobs)
    result = compare_with_last(sums, size, centred)
    names = pd.Index([f"{level}-{levels[-1]}" for level in levels[:-1]])
    _warn_of_confounding(result, names)
    return _labelled(result, names, data)


def _sums_over_groups(
    cells: Cells, code: IntArray, n_groups: int, centred: FloatArray, n_jobs: int | None
) -> GroupSums:
    """Sums over the groups from one pass over the values, dense ones relative to the first."""
    sums = empty_sums(n_groups, cells.matrix.shape[1], centred.shape[1])
    for number_of_block, block in enumerate(cells.blocks(n_jobs)):
        if number_of_block == 0 and not is_sparse(block.matrix):
            sums.shift[:] = block.matrix.mean(axis=0)
        add_block(sums, block.matrix, code[block.cells], centred[block.cells], block.genes)
    return sums


def _read_cells(object: Any, layer: str | None) -> tuple[Any, Expression]:
    """Values of cells × genes where they are, and their labels beside a stand-in of the values."""
    if is_anndata(object):
        matrix = stored_matrix(object, layer)
        labels = Expression(
            np.broadcast_to(0.0, matrix.shape[::-1]),
            gene_names=names_of(object.var_names),
            sample_names=names_of(object.obs_names),
            genes=pd.DataFrame(object.var) if object.var.shape[1] else None,
            samples=pd.DataFrame(object.obs) if object.obs.shape[1] else None,
        )
        weighted = bool(layer) and f"{layer}".removesuffix("_E") + "_weights" in layer_names(object)
    else:
        found = parse_counts(object, layer=layer, argument="object", sparse=True)
        weighted = found.weights is not None
        matrix = found.matrix.T
        labels = replace(found, matrix=np.broadcast_to(0.0, found.matrix.shape))
    if weighted:
        raise InputError(
            "`fit_against_control` takes no weights, and these data have some: use `lm_fit`."
        )
    return matrix, labels


def _groups(group: Any, control: Any, data: Expression) -> tuple[IntArray, list[str]]:
    """Number of each cell's group, the control last and -1 for none, and the groups' names."""
    given = column_of_samples(group, data.samples, "group")
    names = data.sample_names
    plain = per_sample(given, data.matrix.shape[1], names, "group", data.gene_names)
    found, values = pd.factorize(plain)
    levels = [str(value) for value in values]
    order = sorted_names(levels)
    if isinstance(dtype := getattr(given, "dtype", None), pd.CategoricalDtype):
        order = [str(level) for level in dtype.categories if str(level) in set(levels)]
    if str(control) not in order:
        raise UnknownNameError(
            f"`control` is '{control}'; the groups are {quoted(nearest(control, order))}."
        )
    check_levels(levels, "group")
    order.remove(str(control))
    if not order:
        raise InputError(f"There is no group but the control '{control}'.")
    place = pd.Index([*order, str(control)]).get_indexer(pd.Index(levels))
    if (n_lost := int((found < 0).sum())) > 0:
        warn(f"{n_lost:,} cells have no group and were excluded.", Note)
    return np.append(place, -1)[found], [*order, str(control)]


def _covariates(covariates: Any, used: BoolArray, data: Expression) -> FloatArray:
    """Covariates of the cells that are used, without a common mean."""
    if covariates is None:
        return np.empty((int(used.sum()), 0))
    columns = [covariates] if isinstance(covariates, str) else covariates
    if isinstance(columns, list | tuple) and all(isinstance(name, str) for name in columns):
        formula = "~ " + " + ".join(str(Name(name)) for name in columns)
        formula = columns[0] if len(columns) == 1 and "~" in columns[0] else formula
        design = model_matrix(formula, sample_table(None, data)[used])
        return design.drop(columns=INTERCEPT, errors="ignore").to_numpy()
    table = aligned(covariates, data.sample_names, "samples", "covariates", data.gene_names)
    matrix = numbers(table, "covariates")
    matrix = matrix[:, None] if matrix.ndim == 1 else matrix
    if matrix.ndim != 2 or len(matrix) != len(used):
        raise ShapeError(
            f"`covariates` have shape {matrix.shape}; there are {len(used)} samples, which need "
            f"a row each."
        )
    if not np.isfinite(matrix[used]).all():
        raise DesignError("`covariates` hold missing or infinite values.")
    return matrix[used]


def _library_sizes(lib_size: Any, data: Expression) -> FloatArray | None:
    if lib_size is None:
        return None
    given = column_of_samples(lib_size, data.samples, "lib_size")
    size = per_sample(given, data.matrix.shape[1], data.sample_names, "lib_size", data.gene_names)
    return check_lib_size(numbers(size, "lib_size"), data.sample_names)


def _note_memory(n_groups: int, n_genes: int, z: FloatArray) -> None:
    """Say how much memory a large comparison takes, before it starts."""
    table = 8 * n_groups * n_genes
    if table < _LARGE:
        return
    blocks = 8 * AT_ONCE * BLOCK_ELEMENTS * _COPIES
    fit = table + 8 * n_groups**2 + 2 * z.nbytes + blocks
    warn(
        f"{len(z):,} cells, {n_genes:,} genes and {n_groups:,} groups: the fit takes about "
        f"{fit / 1e9:.1f} GB at its peak, and `e_bayes` about {_LATER * table / 1e9:.1f} GB more.",
        Note,
    )


def _warn_of_confounding(result: GroupComparisons, names: pd.Index) -> None:
    lost = np.isnan(result.difference[:, 0])
    if lost.any():
        warn(
            f"{lost.sum()} comparisons have no estimate, since covariates differ between these "
            f"groups and the control wherever the groups do: {quoted(names[lost])}.",
            EstimationWarning,
        )


def _labelled(result: GroupComparisons, names: pd.Index, data: Expression) -> MArrayLM:
    """Fit of all comparisons, with names."""
    n_genes = len(result.sigma)
    stdev = np.where(np.isnan(result.difference[:, 0]), np.nan, result.stdev_unscaled)
    fit = MArrayLM(
        coefficients=Made(result.difference.T),
        stdev_unscaled=Made(np.broadcast_to(stdev, (n_genes, len(stdev)))),
        sigma=Made(result.sigma),
        df_residual=np.full(n_genes, float(result.df)),
        cov_coefficients=Made(result.covariance),
        Amean=Made(result.average),
        method="ls",
        genes=data.genes,
    )
    return fit.set_names(genes=data.gene_names, coefs=names, estimable=names)
