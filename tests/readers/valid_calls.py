"""A valid call of every reader, on files that it writes into a folder."""

import numpy as np
from readers import made_up_runs
from readers.arrays.bead_calls import CALLS_OF_BEADS
from readers.arrays.valid_calls import CALLS_OF_SCANNERS

RNG = np.random.default_rng(4)


def runs(write):
    """What a reader of quantifications takes, by the function that makes up some."""
    return lambda folder: {"paths": write(folder), "tx2gene": made_up_runs.TX2GENE}


def resampled(write):
    return lambda folder: {"paths": write(folder, RNG.gamma(5, 1, (2, 6, 4)))}


CALLS_OF_READERS = {
    **CALLS_OF_BEADS,
    **CALLS_OF_SCANNERS,
    "catch_kallisto": lambda folder: {
        "paths": made_up_runs.kallisto(folder, RNG.gamma(5, 1, (2, 6, 4)), text=False)
    },
    "catch_oarfish": lambda folder: {
        "prefixes": made_up_runs.oarfish(folder, RNG.gamma(5, 1, (2, 6, 4)))
    },
    "read_oarfish": runs(made_up_runs.oarfish),
    "read_piscem": runs(made_up_runs.piscem),
    "catch_rsem": resampled(lambda folder, _: made_up_runs.rsem(folder, np.ones((2, 2, 4)))),
    "catch_salmon": resampled(made_up_runs.salmon),
    "read_kallisto": runs(made_up_runs.kallisto),
    "read_rsem": runs(made_up_runs.rsem),
    "read_salmon": runs(made_up_runs.salmon),
    "read_10x": lambda folder: {"path": made_up_runs.tables(folder)},
    "read_counts": lambda folder: {"path": made_up_runs.tables(folder) / "one.txt"},
    "read_dge": lambda folder: {
        "files": ["one.txt", "two.txt"],
        "path": made_up_runs.tables(folder),
    },
    "read_feature_counts": lambda folder: {"paths": made_up_runs.tables(folder) / "fc.txt"},
}
