"""Competitive tests of sets on statistics of any kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pylimma.adapters.labels import aligned, per_gene
from pylimma.arguments import numbers
from pylimma.containers.fit import MArrayLM
from pylimma.containers.names import names_of
from pylimma.errors import InputError, InputTypeError, InputWarning, ShapeError, quoted, warn
from pylimma.genesets.camera import camera_table, log_tails, parse_options, question, unweighted
from pylimma.genesets.identifiers import Matching
from pylimma.genesets.intake import Sampling, gene_effects, without_genes
from pylimma.genesets.positions import SetIndex
from pylimma.genesets.sets import parse_sets
from pylimma.genesets.tables import joined_tables
from pylimma.moderation.e_bayes import e_bayes
from pylimma.typing import FloatArray

_FEWEST = 3  # genes


def camera_pr(
    statistic: Any,
    index: Any,
    use_ranks: bool = False,
    inter_gene_cor: float | ArrayLike = 0.01,
    sort: bool = True,
    directional: bool = True,
    *,
    contrast: Any = None,
    geneid: Any = None,
    match: Matching = "exact",
    min_size: int | None = None,
    max_size: int | None = None,
    contributing: bool = False,
) -> pd.DataFrame:
    r"""Competitive test of sets on statistics of any kind, such as a ranked list.

    Parameters
    ----------
    statistic : Series, array of shape (genes,) or MArrayLM
        Statistics of all genes; a Series gives their names. A fit gives its moderated
        t-statistics. NaN is excluded.
    index : dict of sets, path, table or one set
        Sets as names, positions or masks of genes, in any form that `ids2indices` takes.
    use_ranks : bool
        Whether ranks are compared rather than means.
    inter_gene_cor : float or array of shape (sets,)
        Correlation between the genes of a set; a Series is matched to the sets by name.
    sort : bool
        Whether sets are sorted by p-value.
    directional : bool
        Whether sets change in one direction, rather than in any; the latter takes ranks of
        absolute values.
    contrast : int, str, array, DataFrame or several
        Contrasts of a fit, as in `camera`.
    geneid : str or array of shape (genes,), optional
        Identifiers that sets refer to, or the column of a fit's annotation that holds them; names
        of genes when not given.
    match : {"exact", "ignore_case", "ignore_version"}
        How identifiers are compared; the last ignores a suffix such as ``.12``.
    min_size, max_size : int, optional
        Sets with fewer or more genes in the data are not tested, and are counted in a note.
    contributing : bool
        Whether to list, in a column of this name, the genes of each set that go its way with a
        statistic beyond :math:`\sqrt 2`, the strongest first.

    Returns
    -------
    DataFrame
        As from `camera`; `correlation` stands there where there is one for each set.

    Raises
    ------
    InputError
        If statistics are infinite, correlations out of range, or no gene of the sets is there.
    InputTypeError
        If the statistic is a table.
    ShapeError
        If there are not as many correlations as sets.

    Warns
    -----
    InputWarning
        If statistics are missing, or absolute values are taken of negative ones.
    Note
        If `use_ranks` is switched on because of ``directional=False``.

    See Also
    --------
    camera : From expression data, where correlations can be estimated.

    Notes
    -----
    The formulas are those of `camera` [1]_; a negative correlation makes p-values smaller.

    References
    ----------
    .. [1] Wu D, Smyth GK (2012). Nucleic Acids Research 40:e133.
       https://doi.org/10.1093/nar/gks461

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import pylimma
    >>> t = pd.Series(np.linspace(-3, 3, 61), index=[f"g{k}" for k in range(61)])
    >>> table = pylimma.camera_pr(t, {"high": ["g55", "g57", "g60"], "low": ["g20", "g3"]})
    >>> table.direction.to_dict()
    {'high': 'Up', 'low': 'Down'}
    """
    options = parse_options(use_ranks, directional, sort, contributing)
    values, given, labels = _statistics(statistic, contrast, geneid)
    sets = parse_sets(index, given, len(values), match=match, min_size=min_size, max_size=max_size)
    sets, values, names = _known(unweighted(sets, "camera_pr"), values, given)
    size = sets.n_genes.astype(float)
    rho, shown = _given_correlations(inter_gene_cor, sets)
    vif = 1 + (size - 1) * rho
    if not options.directional and (values < 0).any():
        warn("Absolute values are taken of negative statistics.", InputWarning)
    df = np.inf if options.by_ranks else len(values) - 2.0
    tables = []
    for column in values.T:
        tails = log_tails(column, sets, rho, vif, df, options)
        tables.append(camera_table(sets, tails, shown, options, column, names))
    known = "one for each set" if shown is not None else float(rho[0]) if rho.size else 0.0
    return joined_tables(tables, labels, question("camera_pr", known, options))


def _statistics(statistic: Any, contrast: Any, geneid: Any) -> tuple[FloatArray, Any, list[str]]:
    """Statistics (genes, contrasts), what sets name the genes by, and names of the contrasts."""
    if isinstance(statistic, MArrayLM):
        fit = statistic if "s2_post" in statistic else e_bayes(statistic)
        found = gene_effects(fit, None, contrast, Sampling(), "camera_pr", residual=False)
        scale = np.sqrt(found.moderate().var_post)[:, None]
        return found.contrast / scale, found.identifiers(geneid), found.labels
    if contrast is not None:
        raise InputError("`contrast` chooses contrasts of a fit; `statistic` is not a fit.")
    if isinstance(statistic, pd.DataFrame) or np.ndim(statistic) > 1:
        raise InputTypeError(
            "`statistic` must be one value for each gene, not a table: pass a column such as "
            "`table['t']`, or the fit."
        )
    if isinstance(statistic, dict):
        statistic = pd.Series(statistic)
    names: Any = names_of(statistic.index) if isinstance(statistic, pd.Series) else None
    values = numbers(statistic, "statistic", 1)
    if geneid is not None:
        names = per_gene(geneid, values.size, names, "geneid")
    return values[:, None], names, ["statistic"]


def _known(
    sets: SetIndex, values: FloatArray, names: Any
) -> tuple[SetIndex, FloatArray, pd.Index | None]:
    """Sets and statistics without genes whose statistic is missing."""
    index = None if names is None else pd.Index(names)
    infinite = np.isinf(values).any(axis=1)
    if infinite.any():
        which = np.flatnonzero(infinite)
        raise InputError(
            f"`statistic` is infinite for {quoted(which if index is None else index[which], 3)}."
        )
    known = np.asarray(~np.isnan(values).any(axis=1))
    if known.sum() < _FEWEST:
        raise InputError(f"`statistic` has {int(known.sum())} values; at least three are needed.")
    if known.all():
        return sets, values, index
    warn(f"{int((~known).sum())} missing statistics are excluded.", InputWarning)
    return without_genes(sets, known), values[known], None if index is None else index[known]


def _given_correlations(
    inter_gene_cor: Any, sets: SetIndex
) -> tuple[FloatArray, FloatArray | None]:
    """Correlation of each set, and the column to show where each has its own."""
    given = inter_gene_cor
    if isinstance(given, pd.Series) and names_of(given.index) is not None:
        given = aligned(given, pd.Index(sets.names), "sets", "inter_gene_cor")
    rho = numbers(given, "inter_gene_cor")
    if rho.ndim > 1 or (rho.ndim == 1 and rho.size not in (1, len(sets.names))):
        raise ShapeError(
            f"`inter_gene_cor` has {rho.size} values; there are {len(sets.names)} sets."
        )
    if not (np.abs(rho) < 1).all():
        raise InputError("`inter_gene_cor` must lie between -1 and 1, with none missing.")
    each = rho.ndim == 1 and rho.size > 1
    whole = np.broadcast_to(rho.reshape(-1), (len(sets.names),)).copy()
    return whole, whole if each else None
