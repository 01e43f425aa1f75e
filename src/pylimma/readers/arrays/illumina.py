"""Summary files of Illumina bead chips: profiles of probes and of controls.

BeadStudio and GenomeStudio write a column for each quantity and array, ``S1.AVG_Signal`` or, in
older versions, ``AVG_Signal-S1``. Quantities of one array are brought together by its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import check_keywords, flag
from pylimma.arguments import text as as_text
from pylimma.containers.expression import EListRaw
from pylimma.containers.sample_tables import as_table
from pylimma.errors import InputError, Note, ShapeError, quoted, warn
from pylimma.readers.arrays.bead_columns import Wanted
from pylimma.readers.arrays.bead_profiles import Profile, read_profiles
from pylimma.readers.compression import without_compression
from pylimma.readers.delimited import parse_separator
from pylimma.readers.files import existing_file, sample_files


def read_ilmn(
    files: Any = None,
    ctrlfiles: Any = None,
    path: Any = None,
    ctrlpath: Any = None,
    probeid: str = "Probe",
    annotation: Any = ("TargetID", "SYMBOL"),
    expr: str = "AVG_Signal",
    other_columns: Any = "Detection",
    sep: str = "\t",
    quote: str = '"',
    verbose: bool = False,
) -> EListRaw:
    r"""Intensities of Illumina bead chips from summary files of BeadStudio or GenomeStudio.

    Parameters
    ----------
    files : path or sequence of paths, optional
        Profiles of the probes, plain or compressed, or a pattern such as ``"*.txt"``. Files hold
        different arrays, and are joined by the identifiers of the probes.
    ctrlfiles : path or sequence of paths, optional
        Profiles of the control probes, for the same arrays.
    path : str or Path, optional
        Folder of the files.
    ctrlpath : str or Path, optional
        Folder of `ctrlfiles`; `path` when not given.
    probeid : str
        What the name of the column of identifiers contains, in upper or lower case.
    annotation : str or sequence of str
        What the names of columns contain that go to `genes`.
    expr : str
        What the names of columns of intensities contain, beside the name of the array.
    other_columns : str or sequence of str, optional
        What the names of other columns contain, beside the name of the array.
    sep : str
        Separator of the columns.
    quote : str
        Mark around cells that is no part of them, or "" where marks are text.
    verbose : bool
        Whether to note how much was read.

    Returns
    -------
    EListRaw
        Row names of `E` are the identifiers; `other` has a matrix for each of `other_columns`,
        missing values where a file lacks it. With `ctrlfiles`, `genes` has a column "Status":
        "regular" for probes and the kind of control, such as "NEGATIVE", for those that follow.

    Raises
    ------
    InputError
        If a file has no line with `expr`; an array has several columns of one quantity; a column
        belongs to no array; files differ in their probes, or probes and controls in their arrays;
        a cell is not a number. The message gives the file and line, or the columns it has.

    Warns
    -----
    InputWarning
        If some arrays lack one of `other_columns`.
    Note
        If signals are negative: their background was subtracted already.

    See Also
    --------
    read_ilmn_targets : Files named in a table of samples.
    read_idat : Binary files of the scanner.

    Examples
    --------
    >>> import pylimma, pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "probe profile.txt"
    >>> _ = file.write_text(
    ...     "[Sample Probe Profile]\nPROBE_ID\tSYMBOL\tA.AVG_Signal\tA.Detection Pval\n"
    ...     "ILMN_1\tTP53\t96.4\t0.4\nILMN_2\tMYC\t803.1\t0\n"
    ... )
    >>> y = pylimma.read_ilmn(file)
    >>> y.frame("E")
                A
    ILMN_1   96.4
    ILMN_2  803.1
    >>> y.other["Detection"].tolist()
    [[0.4], [0.0]]
    """
    wanted = Wanted.parse(probeid, annotation, expr, other_columns)
    if files is None and ctrlfiles is None:
        raise InputError("Give `files`, `ctrlfiles` or both.")
    layout = {"sep": _separator(sep), "quotes": bool(as_text(quote, "quote"))}
    probes = None if files is None else _read(files, path, wanted, layout)
    controls = (
        None
        if ctrlfiles is None
        else _read(ctrlfiles, path if ctrlpath is None else ctrlpath, wanted, layout)
    )
    result = _assemble(probes, controls)
    if flag(verbose, "verbose"):
        sizes = [0 if part is None else len(part.probes) for part in (probes, controls)]
        warn(f"{sizes[0]:,} probes, {sizes[1]:,} controls, {result.shape[1]} arrays.", Note)
    return result


def read_ilmn_targets(targets: Any, **options: Any) -> EListRaw:
    r"""Intensities of Illumina bead chips from the files that a table of samples names.

    Parameters
    ----------
    targets : DataFrame or dict of columns
        Table of samples, with a column "files", "ctrlfiles" or both; each file is read once. Its
        rows are matched to the arrays by a column that holds their names, or by row names.
    **options : object
        Other arguments of `read_ilmn`, such as `path`.

    Returns
    -------
    EListRaw
        As `read_ilmn` gives it, with the table as `targets`.

    Raises
    ------
    InputError
        If the table has neither column, or another number of rows than there are arrays.

    Warns
    -----
    Note
        If nothing in the table names the arrays, so that rows are taken in their order.

    See Also
    --------
    read_ilmn : The files themselves.

    Examples
    --------
    >>> import pandas as pd, pylimma, pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.txt").write_text("ProbeID\tS2.AVG_Signal\tS1.AVG_Signal\n1\t7\t90\n")
    >>> samples = pd.DataFrame({"files": "a.txt", "array": ["S1", "S2"], "sex": ["F", "M"]})
    >>> pylimma.read_ilmn_targets(samples, path=folder).targets["sex"].tolist()
    ['M', 'F']
    """
    table = as_table(targets, "targets")
    named: dict[str, Any] = {
        name: table[name].unique() for name in ("files", "ctrlfiles") if name in table
    }
    if not named:
        raise InputError(
            f"`targets` has no column 'files' or 'ctrlfiles'; it has {quoted(table.columns)}."
        )
    check_keywords(options, read_ilmn, "read_ilmn_targets")
    given = [name for name in ("files", "ctrlfiles") if name in options]
    if given:
        raise InputError(f"`{given[0]}` is a column of `targets` here.")
    result = read_ilmn(**named, **options)
    names = result.names("samples")
    if len(table) != result.shape[1]:
        raise ShapeError(
            f"`targets` has {len(table)} rows; its files have {result.shape[1]} arrays: "
            f"{quoted([] if names is None else names, 6)}."
        )
    return result.replace(targets=_in_order(table, names))


def _in_order(table: pd.DataFrame, arrays: Any) -> pd.DataFrame:
    """Rows of a table of samples in the order of the arrays, by whatever names them."""
    wanted = [str(name) for name in arrays]
    for labels in (table.index, *(table[column] for column in table.columns)):
        have = [str(label) for label in labels]
        if sorted(have) == sorted(wanted):
            return table.iloc[[have.index(name) for name in wanted]].set_axis(arrays, axis=0)
    warn(
        f"Nothing in `targets` names the arrays ({quoted(wanted, 3)}): its rows are taken in the "
        f"order of the arrays. Add a column with their names.",
        Note,
    )
    return table.set_axis(arrays, axis=0)


def _separator(sep: Any) -> str:
    """Mark between columns, whose names hold blanks."""
    mark = parse_separator(sep)
    if len(mark) > 1 or not mark.isascii():
        raise InputError(f"`sep` must be a mark such as a tab or comma; got {sep!r}.")
    return mark


def _read(files: Any, folder: Any, wanted: Wanted, layout: dict[str, Any]) -> Profile:
    """Profiles of files in a folder."""
    paths = [existing_file(file) for file in sample_files(files, str, folder=folder)["files"]]
    names = [Path(without_compression(file.name)).stem for file in paths]
    return read_profiles(paths, names, wanted, **layout)


def _assemble(probes: Profile | None, controls: Profile | None) -> EListRaw:
    """Probes above controls, for the same arrays."""
    parts: list[Profile] = []
    if probes is not None:
        genes = probes.genes if controls is None else probes.genes.assign(Status="regular")
        parts.append(replace(probes, genes=genes))
    if controls is not None:
        arrays = controls.arrays if probes is None else probes.arrays
        parts.append(_with_arrays(controls.with_status(), arrays))
    E = np.vstack([part.E for part in parts])
    if (E < 0).any():
        warn(
            f"Negative signals ({int((E < 0).sum()):,}): background was subtracted when they were "
            f"exported. Export them without it for `neqc`.",
            Note,
        )
    names = pd.Index(np.concatenate([part.probes for part in parts]))
    genes = pd.concat([part.genes for part in parts], ignore_index=True)
    if "Status" in genes:
        genes["Status"] = genes.pop("Status")
    genes = genes.set_axis(names, axis=0) if names.is_unique else genes
    other = {word: np.vstack([part.other[word] for part in parts]) for word in parts[0].other}
    return EListRaw(
        {
            "E": pd.DataFrame(E, names, parts[0].arrays),
            "genes": (genes.set_axis(names) if names.is_unique else genes)
            if len(genes.columns)
            else None,
            "other": other or None,
            "source": "illumina",
        }
    )


def _with_arrays(controls: Profile, arrays: Sequence[str]) -> Profile:
    """Controls with the arrays of the probes, in their order."""
    if sorted(controls.arrays) != sorted(arrays):
        missing = [name for name in arrays if name not in controls.arrays]
        extra = [name for name in controls.arrays if name not in arrays]
        raise InputError(
            f"`files` and `ctrlfiles` differ in their arrays: {quoted(missing, 4) or 'none'} have "
            f"no controls, {quoted(extra, 4) or 'none'} have nothing but controls."
        )
    order = [controls.arrays.index(name) for name in arrays]
    return controls.with_order(slice(None), order)
