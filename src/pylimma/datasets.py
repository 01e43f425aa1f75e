"""Example data: two published RNA-seq experiments, and counts simulated with their truth."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import number, random_generator, sequence, text, whole
from pylimma.errors import DataUnavailableError, InputError, quoted
from pylimma.record import Record
from pylimma.typing import FloatArray, RandomLike

_FOLDER_VARIABLE = "PYLIMMA_DATA_DIR"
_ADDRESS = "https://raw.githubusercontent.com/john-mulvey/pylimma/019b4f3/data/"
_CHECKSUMS = {
    "yoruba_counts.csv.gz": "2ae5662ab6df46fd02967125c400b422108390b3aa0a5ed7e085f9621c779a9f",
    "yoruba_targets.csv": "99ee65656e7ee14d4e7d497d58057b9635d49f7100b27bf00fb6a543f9ca1abc",
    "gse60450_counts.csv.gz": "1a133b9b7dfe8478a364d4e5fad4157e9b479dc522a51cc15aeb2b59996e53ac",
    "gse60450_targets.csv": "3e04467cca16e76517444166e5cd682fa5055ff0f7fab09927b81655f606daab",
}

# Log2 abundances of the mammary experiment: expressed genes, and a tail of nearly silent ones.
_EXPRESSED_SHARE = 0.6
_EXPRESSED = {"loc": 4.4, "scale": 2.2}
_SILENT = {"loc": -3.0, "scale": 2.5}
_LIBRARY_SPREAD = 0.2  # standard deviation of the log library sizes
_DISPERSION_DF = 40  # scatter of the dispersions about their trend
_MOST_GENES = 10_000_000  # and samples; more do not fit into memory
_MOST_READS = 1e12  # of a sample; Poisson numbers are drawn up to the largest integer
_LARGEST_LOG_FC = 20.0
_LOG_FC_SHAPE = 4.0  # gamma shape of the fold changes: few near zero, a long tail


@dataclass(frozen=True, slots=True, eq=False)
class CountData(Record):
    """Counts of an RNA-seq experiment.

    Attributes
    ----------
    counts : DataFrame of shape (genes, samples)
        Reads, not normalised.
    samples : DataFrame of shape (samples, variables)
        What is known of each sample, in the order of the columns of `counts`.
    truth : DataFrame of shape (genes, 2) or None
        For simulated counts: ``de``, whether the groups differ in the gene, and ``log_fc``,
        its log2 fold change between the second group and the first.
    """

    counts: pd.DataFrame
    samples: pd.DataFrame
    truth: pd.DataFrame | None = None


def yoruba() -> CountData:
    """Counts of lymphoblastoid cell lines of 69 Yoruba individuals.

    The files come from the folder that the environment variable ``PYLIMMA_DATA_DIR`` names,
    or else from the network, once; later calls find them in the user's cache.

    Returns
    -------
    CountData
        ``counts`` of 38,415 genes in 69 samples, and ``samples`` with the columns
        ``num.tech.reps``, ``population``, ``study`` and ``gender``.

    Raises
    ------
    DataUnavailableError
        If the files are neither in the folder, nor in the cache, nor to be fetched.

    See Also
    --------
    mammary : A small experiment of two crossed factors.
    simulate_counts : Counts whose truth is known.

    References
    ----------
    .. [1] Pickrell JK et al. (2010). Nature 464, 768-772. https://doi.org/10.1038/nature08872

    Examples
    --------
    >>> import pylimma
    >>> data = pylimma.yoruba()  # doctest: +SKIP
    >>> data.counts.shape  # doctest: +SKIP
    (38415, 69)
    """
    return _published("yoruba")


def mammary() -> CountData:
    """Counts of mouse mammary gland, two cell types at three stages in duplicate.

    The files come from the folder that the environment variable ``PYLIMMA_DATA_DIR`` names,
    or else from the network, once; later calls find them in the user's cache.

    Returns
    -------
    CountData
        ``counts`` of 27,179 genes (Entrez identifiers) in 12 samples, and ``samples`` with the
        columns ``immunophenotype``, ``developmental_stage`` and ``group``.

    Raises
    ------
    DataUnavailableError
        If the files are neither in the folder, nor in the cache, nor to be fetched.

    See Also
    --------
    yoruba : A large experiment of two groups.
    simulate_counts : Counts whose truth is known.

    References
    ----------
    .. [1] Fu NY et al. (2015). Nat Cell Biol 17, 365-375. https://doi.org/10.1038/ncb3117

    Examples
    --------
    >>> import pylimma
    >>> data = pylimma.mammary()  # doctest: +SKIP
    >>> data.samples["group"].nunique()  # doctest: +SKIP
    6
    """
    return _published("gse60450")


def simulate_counts(
    n_genes: int = 10_000,
    n_samples: int = 6,
    groups: Sequence[str] = ("control", "treated"),
    *,
    library_size: float = 20e6,
    proportion_de: float = 0.1,
    log_fc: float = 1.5,
    rng: RandomLike = None,
) -> CountData:
    r"""Negative binomial counts of two groups, with the truth about every gene.

    Parameters
    ----------
    n_genes, n_samples : int
        Size of the experiment; the samples are shared evenly between the groups, the first
        group first.
    groups : sequence of two str
        Names of the groups.
    library_size : float
        Typical number of reads in a sample; samples vary about it by a fifth.
    proportion_de : float
        Share of the genes that differ between the groups, between 0 and 1; half of them rise.
    log_fc : float
        Mean absolute log2 fold change of the genes that differ.
    rng : Generator, int or None
        Source of randomness, or its seed.

    Returns
    -------
    CountData
        ``counts``, ``samples`` with the column ``group``, and ``truth``.

    Raises
    ------
    InputError
        If a size, a proportion or the groups make no experiment.

    See Also
    --------
    yoruba, mammary : Published experiments.

    Notes
    -----
    Log2 abundances follow a mixture of two normal distributions, expressed and nearly silent
    genes, as in the mammary gland data. A gene of expected count :math:`\lambda` has the
    biological coefficient of variation of [1]_,

    .. math:: \sqrt{\phi} = (0.2 + \lambda^{-1/2}) \sqrt{40 / \chi^2_{40}},

    with one draw of :math:`\chi^2_{40}` for each gene, and counts are Poisson about a gamma
    distributed mean of shape :math:`1/\phi`.

    References
    ----------
    .. [1] Law CW, Chen Y, Shi W, Smyth GK (2014). Genome Biol 15, R29.
       https://doi.org/10.1186/gb-2014-15-2-r29

    Examples
    --------
    >>> import pylimma
    >>> data = pylimma.simulate_counts(n_genes=100, n_samples=4, rng=1)
    >>> data.counts.shape, int(data.truth["de"].sum())
    ((100, 4), 10)
    >>> data.samples["group"].tolist()
    ['control', 'control', 'treated', 'treated']
    """
    n_genes = whole(n_genes, "n_genes", 1, _MOST_GENES)
    n_samples = whole(n_samples, "n_samples", 2, _MOST_GENES)
    groups = _two_names(groups)
    library_size = number(library_size, "library_size", 0, _MOST_READS, inside=True)
    proportion_de = number(proportion_de, "proportion_de", 0, 1)
    log_fc = number(log_fc, "log_fc", 0, _LARGEST_LOG_FC, inside=True)
    rng = random_generator(rng, "rng")
    in_second = np.arange(n_samples) >= (n_samples + 1) // 2
    true_log_fc = _fold_changes(rng, n_genes, proportion_de, log_fc)
    # half of a fold change to either side, so that calls do not depend on the direction
    log2_mean = _log2_abundances(rng, n_genes)[:, None] + np.outer(true_log_fc, in_second - 0.5)
    share = np.exp2(log2_mean)
    share /= share.sum(axis=0)
    reads = library_size * rng.lognormal(sigma=_LIBRARY_SPREAD, size=n_samples)
    genes = pd.Index([f"gene{k}" for k in range(1, n_genes + 1)])
    samples = pd.Index([f"sample{k}" for k in range(1, n_samples + 1)])
    return CountData(
        counts=pd.DataFrame(_negative_binomial(rng, share * reads), genes, samples),
        samples=pd.DataFrame({"group": np.where(in_second, groups[1], groups[0])}, samples),
        truth=pd.DataFrame({"de": true_log_fc != 0, "log_fc": true_log_fc}, genes),
    )


def locate(file: str) -> Path:
    """Path of a file of example data, fetched if need be."""
    folder = os.environ.get(_FOLDER_VARIABLE)
    if folder and (Path(folder) / file).is_file():
        return Path(folder) / file
    import pooch  # noqa: PLC0415 - only when a file is to be fetched

    try:
        return Path(
            pooch.retrieve(
                url=_ADDRESS + file,
                known_hash=f"sha256:{_CHECKSUMS[file]}",
                fname=file,
                path=pooch.os_cache("pylimma"),
            )
        )
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise DataUnavailableError(
            f"'{file}' is not in the folder {_FOLDER_VARIABLE}='{folder or ''}' and could not be "
            f"fetched from {_ADDRESS} ({reason}). Put the file into a folder and set "
            f"{_FOLDER_VARIABLE} to the folder's path, or use `simulate_counts`."
        ) from None  # the trace of a failed download is hundreds of lines long


def read_table(path: Path | str) -> pd.DataFrame:
    """Table of a CSV file whose first column holds the row names."""
    table = pd.read_csv(path, engine="c")  # pyarrow's saves a sixth of the time for 60 MB
    names = table.pop(table.columns[0]).astype(str)
    return table.set_axis(pd.Index(names.to_numpy(), dtype=object), axis="index")


def _two_names(groups: Any) -> list[str]:
    given = [groups] if isinstance(groups, str) else sequence(groups, "groups")
    names = [text(name, "groups") for name in given]
    if len(names) != 2 or names[0] == names[1]:
        raise InputError(f"`groups` must be two different names; got {quoted(names)}.")
    return names


def _log2_abundances(rng: np.random.Generator, n_genes: int) -> FloatArray:
    expressed = rng.random(n_genes) < _EXPRESSED_SHARE
    return np.where(
        expressed, rng.normal(size=n_genes, **_EXPRESSED), rng.normal(size=n_genes, **_SILENT)
    )


def _fold_changes(
    rng: np.random.Generator, n_genes: int, proportion_de: float, mean: float
) -> FloatArray:
    n_de = round(proportion_de * n_genes)
    values = np.zeros(n_genes)
    sizes = rng.gamma(_LOG_FC_SHAPE, mean / _LOG_FC_SHAPE, size=n_de)
    values[rng.permutation(n_genes)[:n_de]] = sizes * np.where(np.arange(n_de) % 2, -1, 1)
    return values


def _negative_binomial(rng: np.random.Generator, mean: FloatArray) -> np.ndarray[Any, Any]:
    scatter = np.sqrt(_DISPERSION_DF / rng.chisquare(_DISPERSION_DF, size=(len(mean), 1)))
    dispersion = np.square((0.2 + 1 / np.sqrt(mean)) * scatter)
    return rng.poisson(mean * rng.gamma(1 / dispersion, dispersion))


def _published(name: str) -> CountData:
    counts = read_table(locate(f"{name}_counts.csv.gz"))
    samples = read_table(locate(f"{name}_targets.csv"))
    return CountData(counts=counts, samples=samples)
