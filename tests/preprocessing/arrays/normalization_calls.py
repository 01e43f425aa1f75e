"""Valid calls of functions that normalise arrays."""

import numpy as np

import pylimma as pl

RNG = np.random.default_rng(19)
LAYOUT = {"ngrid_r": 2, "ngrid_c": 1, "nspot_r": 4, "nspot_c": 8}
CHANNELS = pl.RGList(
    R=RNG.uniform(50, 5000, (64, 3)).round(), G=RNG.uniform(50, 5000, (64, 3)).round()
)
RED, GREEN = CHANNELS["R"][:, 0], CHANNELS["G"][:, 0]
M = np.log2(RED / GREEN).astype(np.float32).astype(float)
A = np.log2(RED * GREEN / 2).astype(np.float32).astype(float)
ARRAYS = pl.MAList(M=np.column_stack([M, -M]), A=np.column_stack([A, A + 1]))

# For junk, beside the arguments of `tests/test_junk_arguments.py`, and with data, beside the calls
# of `tests/public_calls.py`
NORMALIZATION_CALLS = {
    "normalize_for_printorder": {"object": CHANNELS, "layout": LAYOUT, "span": 0.3},
    "normalize_for_printorder_rg": {"R": RED, "G": GREEN, "printorder": np.arange(64) % 32 + 1},
    "normalize_within_arrays": {"object": ARRAYS, "layout": LAYOUT},
    "normalize_vsn": {"x": CHANNELS},
    "normalize_robust_spline": {"M": M, "A": A, "layout": LAYOUT},
}
