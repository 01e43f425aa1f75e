"""A valid call of every reader of bead chips and series, on files that it writes into a folder."""

import pandas as pd
from readers.arrays import made_up_beads, made_up_idat, made_up_series

CALLS_OF_BEADS = {
    "SampleInfo": lambda _folder: {"sample_info": pd.DataFrame({"title": ["a"]})},
    "read_idat": made_up_idat.write,
    "read_ilmn": lambda folder: {"files": made_up_beads.write(folder)},
    "read_ilmn_targets": lambda folder: {
        "targets": pd.DataFrame(
            {"files": str(made_up_beads.write(folder)), "array": made_up_beads.ARRAYS}
        )
    },
    "read_geo": lambda folder: {"path": made_up_series.write(folder)},
    "sample_info_from_geo": lambda folder: {"file": made_up_series.write(folder)},
}
