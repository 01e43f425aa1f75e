"""Valid arguments of the functions about missing values."""

import numpy as np

import pylimma as pl

GROUPS = list("aabbaabbab")
VALUES = np.random.default_rng(3).normal(8, 1, (30, 10)).astype(np.float32).astype(float)
VALUES[np.random.default_rng(4).random(VALUES.shape) < 0.4] = np.nan
PEPTIDES = pl.EList(
    E=VALUES,
    genes={"Protein.Group": [f"P{k // 3}" for k in range(30)], "Proteotypic": [1, 0, 1] * 10},
)
FILTERS = {
    name: {"y": PEPTIDES}
    for name in (
        "filter_compound_proteins",
        "filter_non_proteotypic_peptides",
        "filter_singleton_peptides",
        "remove_na_rows",
    )
}
MISSING_ARGUMENTS = {
    **FILTERS,
    "MissingValues": dict.fromkeys(("samples", "groups", "features", "patterns")),
    "missing_values": {"object": VALUES, "group": GROUPS},
    "on_off_table": {"object": VALUES, "group": GROUPS, "least": 1},
    "plot_missing_values": {"object": VALUES, "group": GROUPS},
}
MISSING_CALLS = {
    **{name: MISSING_ARGUMENTS[name] for name in MISSING_ARGUMENTS if "_" in name},
    "plot_missing_values, detection": {"object": VALUES, "kind": "detection"},
}
