"""Valid calls of functions of layouts, replicate spots, and tables beside the scans."""

import numpy as np
import pandas as pd

import pylimma

LAYOUT = {"ngrid_r": 2, "ngrid_c": 1, "nspot_r": 4, "nspot_c": 8}
Y = np.random.default_rng(3).normal(8, 1, (30, 8))
VALUES = np.random.default_rng(3).normal(8, 1, (64, 10)).astype(np.float32).astype(float)
TARGETS = "FileName\tCy3\tCy5\na.gpr\tA\tB\nb.gpr\tB\tA\n"
TYPES = pd.DataFrame({"SpotType": ["gene", "blank"], "ID": ["*", "B*"]})
LOW = np.random.default_rng(2).uniform(1e2, 4e4, (40, 2)).astype(np.float32).astype(float)
HIGH = np.minimum(LOW * np.float32(2.5), 65535).astype(np.float32).astype(float)
SCANS = {"rg_low": pylimma.RGList(R=LOW, G=LOW), "rg_high": pylimma.RGList(R=HIGH, G=HIGH)}
GAL = pd.DataFrame({"Block": [1, 1, 2, 2], "Row": 1, "Column": [1, 2, 1, 2]})
GAL_FILE = '"Block1= 400, 400, 100, 4, 185, 3, 180"\nBlock\tColumn\tRow\tID\tName\n1\t1\t1\ta\tb\n'


def written(path, text):
    """Path of a file that was just written."""
    path.write_text(text)
    return path


# For junk, beside the arguments of `tests/test_junk_arguments.py`
LAYOUT_ARGUMENTS = {
    **{name: {"layout": LAYOUT} for name in ("gridr", "gridc", "spotr", "spotc", "printorder")},
    "control_status": {"types": TYPES, "genes": {"ID": ["B1", "H1"]}},
    "get_layout": {"gal": GAL},
    "merge_scans_rg": SCANS,
    "read_columns": lambda folder: {"file": written(folder / "a.txt", TARGETS)},
    "read_gal": lambda folder: {"galfile": written(folder / "a.gal", GAL_FILE)},
    "read_spot_types": lambda folder: {"file": written(folder / "a.txt", TARGETS)},
    "read_targets": lambda folder: {"file": written(folder / "a.txt", TARGETS)},
    "wt_ignore_filter": {"qta": {"Ignore Filter": [1, 0]}},
    "wtarea": {},
    "wtflags": {},
    "avearrays": {"x": Y, "id": list("aabbccdd")},
    "avereps": {"x": Y, "id": np.arange(30) % 4},
    "get_layout2": lambda folder: {"galfile": written(folder / "a.gal", GAL_FILE)},
}
# Calls with data, beside those of `tests/public_calls.py`, and functions that take none
LAYOUT_CALLS = {
    "merge_scans_rg": SCANS,
    "wt_ignore_filter": {"qta": {"Ignore Filter": VALUES[:, 0]}},
    "avearrays": {"x": VALUES, "id": list("aabbccddee")},
    "avearrays, weights": {"x": VALUES, "id": list("aabbccddee"), "weights": abs(VALUES)},
    "avereps": {"x": VALUES, "id": np.arange(64) % 9},
    "get_layout": {"gal": {"Block": np.repeat([1, 2], 6), "Row": 1, "Column": np.arange(12) % 6}},
}
WITHOUT_DATA = {
    *("gridr", "gridc", "spotr", "spotc", "printorder", "get_layout2", "control_status"),
    *("read_columns", "read_gal", "read_spot_types", "read_targets", "wtarea", "wtflags"),
}
