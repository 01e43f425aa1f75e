"""Small files of every scanner, with the values that stand in them."""

import numpy as np

from pylimma.readers.arrays.sources import SOURCES

N_BLOCKS, N_ROWS, N_COLUMNS = 4, 3, 2
N_SPOTS = N_BLOCKS * N_ROWS * N_COLUMNS
READ = [name for name in SOURCES if name not in ("generic", "imagene")]
KINDS = [name for name in READ if "." not in name or name == "smd.old"]  # of their own layout
_FIELDS = (
    "\tBegin Field Dimensions\n\t\tField\tMetarows\tMetacols\tRows\tCols\n"
    f"\t\tA\t2\t2\t{N_ROWS}\t{N_COLUMNS}\n\tEnd Field Dimensions\n"
)
_METHOD = (
    "\tBegin Measurement parameters\n\t\tSegmentation Method\t{}\n\tEnd Measurement parameters\n"
)


def values(source, seed=1):
    """Intensities of the channels of a file, whole and with two decimals in turn."""
    rng = np.random.default_rng(seed)
    return {
        channel: np.round(rng.uniform(60, 9000, N_SPOTS), 2 * (k % 2))
        for k, channel in enumerate(SOURCES[source].columns)
    }


def places():
    """Block, row and column of the spots, in the order of printing."""
    grid = np.indices((N_BLOCKS, N_ROWS, N_COLUMNS)).reshape(3, -1) + 1
    return {"Block": grid[0], "Row": grid[1], "Column": grid[2]}


def cells(name):
    """Cells of a column of annotation."""
    where = places()
    known = {
        "Col": where["Column"], "COL": where["Column"], "grid.r": where["Block"],
        "Array Row": where["Block"], "Spot Row": where["Row"], "Spot Column": where["Column"],
        "spot.r": where["Row"], "spot.c": where["Column"], "ROW": where["Row"],
        "Meta Row": (where["Block"] + 1) // 2, "Meta Column": (where["Block"] + 1) % 2 + 1,
        "Field": ["A"] * N_SPOTS, **where,
    }  # fmt: skip
    if name in known:
        return [str(cell) for cell in known[name]]
    if name in ("Name", "NAME", "Description", "Gene Name"):
        return ["5' probe (a)", "", *(f"gene {k}, made up" for k in range(2, N_SPOTS))]
    return [f"H{k:03d}" for k in range(N_SPOTS)]


def table(source, seed=1):
    """Titles and rows of a file, the intensities last."""
    kind = SOURCES[source]
    names = list(dict.fromkeys([*kind.annotation, *kind.places, *kind.identifiers]))
    columns = {name: cells(name) for name in names}
    if source.startswith("agilent"):  # as on a slide, without grids
        columns["Row"] = [str(k // 6 + 1) for k in range(N_SPOTS)]
        columns["Col"] = [str(k % 6 + 1) for k in range(N_SPOTS)]
    columns["Flags"] = [["0", "-50", "100"][k % 3] for k in range(N_SPOTS)]
    for channel, column in values(source, seed).items():
        columns[kind.columns[channel]] = [f"{value:.10g}" for value in column]
    titles = [name.removesuffix(".1") for name in columns]
    return titles, [list(row) for row in zip(*columns.values(), strict=True)]


def text(source, seed=1, sep="\t", before=""):
    """Text of a file; what stands `before` the table is a line of its own."""
    titles, rows = table(source, seed)
    kind = SOURCES[source].heading
    if kind == "genepix":
        rows = [[*row[:3], *(f'"{cell}"' for cell in row[3:5]), *row[5:]] for row in rows]
        titles = [f'"{title}"' for title in titles]
        before += f'ATF{sep}1.0\n2{sep}{len(titles)}\n"Wavelengths=635\t532"\n"Comment="\n'
    if source.startswith("agilent"):
        before += "TYPE\ttext\nFEPARAMS\tScan_Date\nDATA\tx\n*\n"
        titles, rows = ["FEATURES", *titles], [["DATA", *row] for row in rows]
    before += {
        "smd": "!Exptid=1\n!Organism=x\n",
        "quantarray": "User\tx\n\nBegin Data\n",
        "arrayvision": "Primary\t\tCy5\t\tCy3\n",
        "imagene": f"Begin Header\n{_FIELDS}End Header\nBegin Raw Data\n",
    }.get(kind, "")
    after = {"quantarray": "End Data\n", "imagene": "End Raw Data\n"}.get(kind, "")
    return before + "".join(f"{sep.join(row)}\n" for row in [titles, *rows]) + after


def write(folder, source, n_files=2):
    """Files of a scanner in a folder."""
    names = [f"{source.replace('.', '')}{k}.txt" for k in range(1, n_files + 1)]
    for seed, name in enumerate(names, 1):
        (folder / name).write_text(text(source, seed), encoding="utf-8")
    return [folder / name for name in names]


def imagene(folder, method="auto", n_arrays=2):
    """Pairs of files of ImaGene 5, and their foregrounds as of shape (spots, arrays, channels)."""
    rng = np.random.default_rng(3)
    signal = rng.integers(90, 9000, (N_SPOTS, n_arrays, 2)).astype(float)
    files = []
    names = ["Field", "Meta Row", "Meta Column", "Row", "Column", "Gene ID"]
    for array, channel in np.ndindex(n_arrays, 2):
        lines = ["\t".join([*names, "Flag", "Signal Mean", "Background Mean", "Background Median"])]
        for k, row in enumerate(zip(*(cells(name) for name in names), strict=True)):
            lines.append("\t".join([*row, "0", f"{signal[k, array, channel]:g}", "71.5", "70"]))
        head = f"Begin Header\n\tversion\t5.6\n{_FIELDS}{_METHOD.format(method)}End Header\n"
        files.append(folder / f"a{array + 1}_cy{3 + 2 * channel}.txt")
        body = "\n".join(lines)
        files[-1].write_text(f"{head}Begin Raw Data\n{body}\nEnd Raw Data\n", encoding="utf-8")
    return files, signal
