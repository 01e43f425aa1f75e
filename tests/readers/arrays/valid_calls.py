"""A valid call of every reader of scanned arrays, on files that it writes into a folder."""

from readers.arrays import made_up_scans


def first(source):
    """The first file that a source writes."""
    return lambda folder: {"file": made_up_scans.write(folder, source)[0]}


CALLS_OF_SCANNERS = {
    "read_generic_header": lambda folder: {**first("spot")(folder), "columns": "Rmean"},
    "read_gpr_header": first("genepix"),
    "read_imagene_header": first("imagene9"),
    "read_smd_header": first("smd"),
    "read_imagene": lambda folder: {"files": made_up_scans.imagene(folder)[0]},
    "read_maimages": lambda folder: {
        "files": made_up_scans.write(folder, "genepix"),
        "source": "genepix",
    },
}
