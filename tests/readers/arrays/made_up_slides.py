"""Files of GenePix of two-colour slides with swapped dyes, and the tables beside them."""

import numpy as np
import pandas as pd

SIZES = {"ngrid_r": 2, "ngrid_c": 2, "nspot_r": 6, "nspot_c": 6}
RESPONDS = 12
HEAD = 'ATF\t1.0\n1\t10\n"Type=GenePix Results 3"\n'


def write(folder, n_slides=4, seed=4):
    """Slides, targets and kinds of spots; every twelfth spot is eight times higher in KO."""
    rng = np.random.default_rng(seed)
    sizes = (4, SIZES["nspot_r"], SIZES["nspot_c"])
    block, row, column = np.indices(sizes).reshape(3, -1) + 1
    n = block.size
    ids = np.array([f"BLANK {k}" if k % 9 == 8 else f"H{k:03}" for k in range(n)])
    level = np.where(np.arange(n) % 9 == 8, 2, rng.uniform(8, 13, n))
    ratio = np.where(np.arange(n) % RESPONDS == 0, 3.0, 0)
    files = [f"slide{k}.gpr" for k in range(n_slides)]
    for k, file in enumerate(files):
        M = ratio * (-1) ** k + rng.normal(0, 0.2, n)
        table = pd.DataFrame({"Block": block, "Column": column, "Row": row, "ID": ids, "Name": ids})
        for channel, sign in ((635, 1), (532, -1)):
            table[f"F{channel} Mean"] = (200 + 2 ** (level + sign * M / 2)).round()
            table[f"B{channel} Median"] = rng.integers(190, 210, n)
        table["Flags"] = np.where(rng.random(n) < 0.02, -50, 0)
        (folder / file).write_text(HEAD + table.to_csv(sep="\t", index=False))
    dyes = {"Cy3": ["WT", "KO"] * (n_slides // 2), "Cy5": ["KO", "WT"] * (n_slides // 2)}
    targets = pd.DataFrame({"FileName": files, **dyes})
    targets.to_csv(folder / "Targets.txt", sep="\t", index=False)
    (folder / "SpotTypes.txt").write_text(
        "SpotType\tID\tColor\ngene\t*\tblack\nblank\tBLANK*\torange\n"
    )
