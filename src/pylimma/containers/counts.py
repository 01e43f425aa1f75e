"""Counts of reads with their samples: library sizes, normalisation factors and groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from pylimma.arguments import flag, numbers, plain_array
from pylimma.containers.components import Components
from pylimma.containers.count_values import check_count_values, read_counts_matrix
from pylimma.containers.expression import GENES_SAMPLES
from pylimma.containers.names import are_numbers, made_up_names, names_of
from pylimma.containers.sample_tables import complete_samples, in_order, matched_table, text_names
from pylimma.errors import InputTypeError
from pylimma.numerics.counts.rates import library_sizes
from pylimma.typing import AnyArray, FloatArray


class DGEList(Components):
    """Counts of reads with their samples and annotation.

    Parameters
    ----------
    counts : array, DataFrame or sparse matrix of shape (genes, samples), or dict
        Reads, not normalised and not negative, whole numbers or estimates. Leading columns
        of a DataFrame up to the last one that is not numeric annotate the genes. A dict holds
        any of the components below.
    lib_size : sequence of shape (samples,), optional
        Library sizes, in reads; the column sums when not given.
    norm_factors : sequence of shape (samples,), optional
        Positive factors of the library sizes; 1 when not given.
    samples : DataFrame of samples, optional
        What else is known; put into the order of the counts where both have names.
    group : sequence of shape (samples,), optional
        Groups of the samples; else the column `group` of `samples`, else one group "1". Text
        becomes sorted levels, and levels without samples are dropped.
    genes : DataFrame of genes, optional
        Annotation.
    remove_zeros : bool
        Whether to drop genes without reads; library sizes stay as they were.
    annotation_columns : names, positions or mask, optional
        Columns of a DataFrame that annotate the genes, where they are not the leading ones.
    **components : object
        Other components, such as `design`, `weights` or `offset`.

    Attributes
    ----------
    counts : array of shape (genes, samples)
        Reads, in the numeric type they came in.
    samples : DataFrame of samples
        Columns `group`, `lib_size` and `norm_factors`, then whatever else is known.
    genes : DataFrame of genes
        Annotation.

    Raises
    ------
    InputError
        If counts are missing, infinite, negative or none, or library sizes or factors are
        not positive.
    ShapeError
        If samples or genes are not as many as the columns or rows of the counts.

    Warns
    -----
    InputWarning
        If a sample has no reads, or if the names of `samples` or `genes` have nothing in
        common with those of the counts, so that they are matched by position.

    See Also
    --------
    norm_lib_sizes : Normalisation factors.
    as_dge_list : The same from AnnData and other kinds of objects.

    Examples
    --------
    >>> import pylimma
    >>> y = pylimma.DGEList([[5, 2, 0, 7], [10, 8, 9, 30]], group=["a", "a", "b", "b"])
    >>> y.samples["lib_size"].tolist()
    [15.0, 10.0, 9.0, 37.0]
    """

    AXES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "counts": GENES_SAMPLES,
        "samples": ("samples",),
        "genes": ("genes",),
        "design": ("samples", "design_columns"),
        "weights": GENES_SAMPLES,
        "offset": GENES_SAMPLES,
        "offset_prior": GENES_SAMPLES,
        "common_dispersion": (),
        "trended_dispersion": ("genes",),
        "tagwise_dispersion": ("genes",),
        "ave_log_cpm": ("genes",),
        "overdispersion_prior": (),
        "other": GENES_SAMPLES,
    }
    FRAMES = frozenset({"genes", "samples"})
    NESTED = frozenset({"other"})
    MAIN = "counts"

    counts: AnyArray
    samples: pd.DataFrame
    genes: pd.DataFrame

    def __init__(
        self,
        counts: Any = None,
        lib_size: Any = None,
        norm_factors: Any = None,
        samples: Any = None,
        group: Any = None,
        genes: Any = None,
        remove_zeros: bool = False,
        annotation_columns: Any = None,
        **components: Any,
    ) -> None:
        if isinstance(counts, Mapping) and not hasattr(counts, "toarray"):
            components = {**counts, **components}
            counts = components.pop("counts", None)
            samples = components.pop("samples", samples)
            genes = components.pop("genes", genes)
        if counts is None:
            raise InputTypeError("A DGEList needs `counts`, a matrix of genes × samples.")
        found = read_counts_matrix(counts, annotation_columns)
        check_count_values(found.matrix, found.gene_names, found.sample_names)
        super().__init__(counts=found.matrix)
        self._name_axes(found.gene_names, found.sample_names, samples)
        self._components["samples"] = self._sample_table(
            samples,
            named=found.sample_names is not None,
            lib_size=lib_size,
            norm_factors=norm_factors,
            group=group,
        )
        self["genes"] = matched_table(
            found.annotation if genes is None else genes, self.row_names, self.shape[0], "genes"
        )
        for name, value in components.items():
            self[name] = value
        if flag(remove_zeros, "remove_zeros"):
            kept = self.subset((self.counts > 0).any(axis=1))
            self._components, self._names = kept._components, kept._names

    def _name_axes(
        self, gene_names: pd.Index | None, sample_names: pd.Index | None, samples: Any
    ) -> None:
        """Name the samples, by their table or by number where the counts say nothing."""
        if gene_names is not None:
            self._names["genes"] = gene_names
        if sample_names is None and isinstance(samples, pd.DataFrame):
            labels = names_of(samples.index)
            known = labels is not None and not are_numbers(labels)
            sample_names = labels if known and len(samples) == self.shape[1] else None
        if sample_names is None:
            sample_names = made_up_names(self.shape[1])
        self._names["samples"] = sample_names

    def _sample_table(self, samples: Any, *, named: bool, **columns: Any) -> pd.DataFrame:
        """Table of samples in the order of the counts, with the columns that were given apart."""
        names = self._names["samples"] if named else None
        table = matched_table(samples, names, self.shape[1], "samples", self._names.get("genes"))
        if table is None:
            table = pd.DataFrame(index=self._names["samples"])
        table = text_names(table)
        for name, value in columns.items():
            if value is not None:
                table = table.drop(columns=name, errors="ignore")
                table[name] = in_order(value, names, self.shape[1], "samples", name)
        return complete_samples(table, self._components["counts"], self._names["samples"])

    def _table(self, name: str, value: Any) -> pd.DataFrame:
        table = super()._table(name, value)
        if name != "samples" or "samples" not in self._components:
            return table
        table = text_names(table)
        for column in ("group", "lib_size", "norm_factors"):
            if column not in table:
                table = table.assign(**{column: self._components["samples"][column].to_numpy()})
        return complete_samples(table, self._components["counts"], self._names["samples"])

    def _numbers(self, name: str, value: Any) -> Any:
        """Counts in their own type, anything else as doubles."""
        if name == "counts" and (array := plain_array(value, name)).dtype.kind in "iuf":
            return array
        return numbers(value, name)

    def _take(self, chosen: Mapping[str, Any]) -> Self:
        """Copy with the chosen genes and samples; groups left without samples are dropped."""
        result = super()._take(chosen)
        if "samples" in chosen:
            table = result._components["samples"]
            result._components["samples"] = table.assign(
                group=table["group"].cat.remove_unused_categories()
            )
        return result

    def subset(
        self, rows: Any = slice(None), columns: Any = slice(None), *, keep_lib_sizes: bool = True
    ) -> Self:
        """Copy with some of the genes and samples, in the order given.

        Parameters
        ----------
        rows, columns : int, slice, mask, positions, name or names
            What to keep; ``y[rows, columns]`` is the same.
        keep_lib_sizes : bool
            Whether library sizes stay as they are; otherwise they become the sums of the
            counts that are left.

        Returns
        -------
        DGEList
            A new object.
        """
        result = super().subset(rows, columns)
        if not keep_lib_sizes:
            total = library_sizes(result.counts)
            result._components["samples"] = result.samples.assign(lib_size=total)
        return result

    @property
    def effective_lib_size(self) -> FloatArray:
        """Library sizes times normalisation factors, of shape (samples,)."""
        samples = self["samples"]
        return np.asarray(samples["lib_size"] * samples["norm_factors"], dtype=float)
