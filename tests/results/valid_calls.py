"""Valid arguments of the functions about missing values."""

import numpy as np

GROUPS = list("aabbaabbab")
VALUES = np.random.default_rng(3).normal(8, 1, (30, 10)).astype(np.float32).astype(float)
VALUES[np.random.default_rng(4).random(VALUES.shape) < 0.4] = np.nan
MISSING_ARGUMENTS = {
    "MissingValues": dict.fromkeys(("samples", "groups", "features", "patterns")),
    "missing_values": {"object": VALUES, "group": GROUPS},
    "on_off_table": {"object": VALUES, "group": GROUPS, "least": 1},
    "plot_missing_values": {"object": VALUES, "group": GROUPS},
}
MISSING_CALLS = {
    **{name: MISSING_ARGUMENTS[name] for name in MISSING_ARGUMENTS if "_" in name},
    "plot_missing_values, detection": {"object": VALUES, "kind": "detection"},
}
