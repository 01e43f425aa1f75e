"""Tables of platforms: plain, in SOFT files, and those that do not fit."""

import gzip

import pandas as pd
import pytest
from readers.arrays.made_up_series import PLATFORM, write

from pylimma.errors import InputError, Note
from pylimma.readers.arrays.platforms import read_platform

PROBES = pd.Index(["p3", "p1", "001"])
ROWS = "".join(line + "\n" for line in PLATFORM.splitlines() if not line.startswith("#"))
SOFT = f"^PLATFORM = GPL1\n!Platform_title = x\n#ID = y\n!platform_table_begin\n{ROWS}"
END = "!platform_table_end\n"


@pytest.mark.parametrize("text", [PLATFORM, SOFT + END, "^Annotation\n!a = b\n" + SOFT + END])
def test_rows_are_matched_by_identifier(tmp_path, text):
    path = tmp_path / "GPL1.annot.gz"
    path.write_bytes(gzip.compress(text.encode()))
    with pytest.warns(Note, match="annotates 2 of 3 probes"):
        genes = read_platform(path, PROBES, "GPL1")
    assert genes.index.equals(PROBES)
    assert genes["Symbol"].fillna("-").tolist() == ["TP53", "-", "5'-\"a"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SOFT, "is cut off"),
        (SOFT + END + SOFT.replace("GPL1", "GPL2") + END, "2 platforms: 'GPL1', 'GPL2'; give"),
        (PLATFORM.replace("p9", "p3"), "Identifiers of 'g' repeat: 'p3'"),
        (PLATFORM.replace("p3", "q").replace("001", "r"), r"None of the 3 probes \('p3'.*GPL1"),
        (PLATFORM.replace("\t17", ""), "Line 5 of 'g' has 3 fields; line 4 has 2"),
        ("#only\n", "holds no table"),
    ],
)
def test_other_tables_are_refused(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_platform(write(tmp_path, text, "g"), PROBES, "GPL1")
