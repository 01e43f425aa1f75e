"""Files of scanners with faults: refused by pylimma's own errors, or read right."""

import numpy as np
import pytest
from readers.arrays import made_up_scans as scans

import pylimma as pl
from pylimma.errors import PylimmaError

MARKS = ["\t", ",", ";", " ", '"', "\n", "\r\n", "x", "0", "-", "\x80", "\0", "*", "End Data\n"]


def mutated(text, rng):
    """A text with one or two faults."""
    for _ in range(rng.integers(1, 3)):
        kind, at = rng.integers(6), int(rng.integers(len(text)))
        lines = text.split("\n")
        k = int(rng.integers(len(lines)))
        if kind == 0:
            text = text[:at]
        elif kind == 1:
            text = text[:at] + MARKS[rng.integers(len(MARKS))] + text[at + int(rng.integers(2)) :]
        elif kind == 2:
            lines.insert(k, ["", "# comment", lines[0], lines[-2], "\t\t"][rng.integers(5)])
            text = "\n".join(lines)
        elif kind == 3:
            del lines[k]
            text = "\n".join(lines)
        elif kind == 4:
            lines[k] = lines[k].replace("\t", MARKS[rng.integers(4)])
            text = "\n".join(lines)
        else:
            text = text.replace("\t", MARKS[rng.integers(4)])
    return text


@pytest.mark.parametrize("source", scans.KINDS)
@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_damaged_files_are_refused_or_read_right(tmp_path, source):
    rng = np.random.default_rng(len(source))
    files = scans.write(tmp_path, source)
    whole = files[1].read_text()
    for _ in range(20):
        files[1].write_bytes(mutated(whole, rng).encode("latin-1"))
        try:
            found = pl.read_maimages(files, source=source, other_columns="Flags")
        except PylimmaError:
            continue
        for channel, values in scans.values(source, 2).items():
            wrong = found[channel][:, 1] != values
            assert wrong.sum() <= 2, f"{channel} of {files[1].read_text()}"
