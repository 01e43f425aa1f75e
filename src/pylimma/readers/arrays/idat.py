"""Expression arrays from the binary files of Illumina's scanners."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import flag, sequence, whole
from pylimma.arguments import path as as_path
from pylimma.arguments import text as as_text
from pylimma.containers.expression import EListRaw
from pylimma.errors import InputError, Note, quoted, warn
from pylimma.readers.arrays.idat_file import IdatFile, read_idat_file
from pylimma.readers.arrays.manifest import Manifest, read_manifest
from pylimma.readers.compression import without_compression
from pylimma.readers.files import existing_file, sample_files
from pylimma.typing import AnyArray

_RUNS = ("DecodeInfo", "ScanInfo")  # the first and second run
_FOR_METHYLATION = "Packages such as mepylome (Python) or sesame (R) read these."


def read_idat(
    idatfiles: Any,
    bgxfile: Any,
    path: Any = None,
    bgxpath: Any = None,
    dateinfo: bool = False,
    annotation: Any = "Symbol",
    tolerance: int = 0,
    verbose: bool = False,
) -> EListRaw:
    r"""Intensities of Illumina expression arrays from the files of the scanner.

    Parameters
    ----------
    idatfiles : path or sequence of paths
        IDAT files of version 3, one for each array, plain or compressed, or a pattern such as
        ``"*.idat"``.
    bgxfile : path
        Manifest of the chip, which says which probe has which address.
    path : str or Path, optional
        Folder of the files.
    bgxpath : str or Path, optional
        Folder of `bgxfile`; `path` when not given.
    dateinfo : bool
        Whether `targets` tells when and how arrays were decoded and scanned.
    annotation : str or sequence of str
        Columns of the manifest that go to `genes`.
    tolerance : int
        Number of probes that an array may lack. Their values are missing.
    verbose : bool
        Whether to note how much was read.

    Returns
    -------
    EListRaw
        `E` is the mean intensity of the beads of a probe, `other` their number (`NumBeads`) and
        standard deviation (`STDEV`). Rows are named by addresses: probes, then controls, as the
        column "Status" of `genes` says ("regular" or the kind of control). `targets` has a column
        `IDATfile`.

    Raises
    ------
    InputError
        If a file is damaged, of another version, or of another kind of array; if the manifest is
        cut off; if an array lacks more probes than `tolerance`.

    Warns
    -----
    InputWarning
        If the manifest lacks a column of `annotation`.
    Note
        If an array lacks probes, if it is for methylation, or with `verbose`.

    See Also
    --------
    read_ilmn : The same arrays, exported by GenomeStudio.

    Notes
    -----
    Files of methylation arrays are read only with a manifest of their addresses, as raw channels;
    packages for such arrays compute methylation from them.

    References
    ----------
    Smith et al. (2013). illuminaio: an open source IDAT parsing tool for Illumina microarrays.
    F1000Research 2, 264. doi:10.12688/f1000research.2-264.v1
    """
    files = [
        read_idat_file(existing_file(f)) for f in sample_files(idatfiles, str, folder=path)["files"]
    ]
    place = existing_file(_within(bgxfile, path if bgxpath is None else bgxpath))
    wanted = [annotation] if isinstance(annotation, str) else sequence(annotation, "annotation")
    limit, dated = whole(tolerance, "tolerance", 0), flag(dateinfo, "dateinfo")
    try:
        manifest = read_manifest(place, [as_text(name, "annotation") for name in wanted])
    except InputError:
        for file in files:
            if file.methylation:
                raise _of_methylation(file) from None
        raise
    found = np.column_stack([_positions(file, manifest, limit, place.name) for file in files])
    names = pd.Index(manifest.addresses.astype(str))
    arrays = _array_names(files)

    def values(what: str) -> pd.DataFrame:
        columns = [
            np.where(rows < 0, np.nan, file[what][rows])
            for file, rows in zip(files, found.T, strict=True)
        ]
        return pd.DataFrame(np.column_stack(columns), names, arrays)

    if flag(verbose, "verbose"):
        warn(
            f"{len(files)} arrays with {files[0].described}; {len(names):,} in the manifest.", Note
        )
    genes = manifest.genes
    return EListRaw(
        {
            "E": values("mean"),
            "genes": genes.set_axis(names, axis=0) if names.is_unique else genes,
            "targets": _targets(files, dated=dated).set_axis(arrays, axis=0),
            "other": {"NumBeads": values("n_beads"), "STDEV": values("stdev")},
            "source": "illumina",
        }
    )


def _within(file: Any, folder: Any) -> Path:
    named = as_path(file, "bgxfile")
    return named if folder is None else as_path(folder, "bgxpath") / named


def _of_methylation(file: IdatFile) -> InputError:
    return InputError(
        f"'{file.path.name}': this is a methylation array ({file.methylation}; {file.described}); "
        f"read_idat reads expression arrays. {_FOR_METHYLATION}"
    )


def _positions(file: IdatFile, manifest: Manifest, tolerance: int, name: str) -> AnyArray:
    """Positions in a file of the addresses of a manifest; -1 for those that it lacks."""
    rows = pd.Index(file.address).get_indexer(pd.Index(manifest.addresses))
    lacking = manifest.addresses[rows < 0]
    if len(lacking) <= tolerance:
        if len(lacking):
            warn(
                f"'{file.path.name}' lacks {len(lacking):,} of the {len(rows):,} addresses of "
                f"'{name}': missing values.",
                Note,
            )
        if file.methylation:
            warn(
                f"'{file.path.name}' is of a methylation array ({file.methylation}): its channels "
                f"are read as they are. {_FOR_METHYLATION}",
                Note,
            )
        return rows
    if file.methylation:
        raise _of_methylation(file)
    raise InputError(
        f"'{file.path.name}' ({file.described}) lacks {len(lacking):,} of the {len(rows):,} "
        f"addresses of '{name}', such as {quoted(lacking, 3)}; `tolerance` is {tolerance:,}. Give "
        f"the manifest of this chip, or a larger `tolerance`, which makes them missing values."
    )


def _array_names(files: Sequence[IdatFile]) -> list[str]:
    """Names of files without folder and extension, or paths where they repeat."""
    names = [Path(without_compression(file.path.name)).stem for file in files]
    if len(set(names)) == len(names):
        return names
    return [str(Path(without_compression(str(file.path))).with_suffix("")) for file in files]


def _targets(files: Sequence[IdatFile], *, dated: bool) -> pd.DataFrame:
    table = pd.DataFrame({"IDATfile": [str(file.path) for file in files]})
    for k, name in enumerate(_RUNS if dated else ()):
        table[name] = [" ".join(file.runs[k]) if k < len(file.runs) else "" for file in files]
    return table
