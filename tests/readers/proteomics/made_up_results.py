"""Small tables as search engines write them, and valid calls of their readers."""

import pandas as pd

GROUPS = pd.DataFrame(
    {
        "Protein IDs": ["P1;P2", "CON__P00761", "REV__P9", "P4", "P5", "P6"],
        "Majority protein IDs": ["P1;P2", "CON__P00761", "REV__P9", "P4", "P5", "P6"],
        "Gene names": ["A;B", "", "", "D", "", "F"],
        "Peptides": [4, 9, 1, 2, 3, 0],
        "Razor + unique peptides": [4, 9, 1, 2, 3, 0],
        "Razor + unique peptides u1": [4, 9, 1, 0, 0, 0],
        "Razor + unique peptides u2": [3, 9, 0, 2, 0, 0],
        "Intensity": [300, 9, 9, 500, 0, 0],
        "Intensity u1": [100, 4, 9, 0, 0, 0],
        "Intensity u2": [200, 5, 0, 500, 0, 0],
        "LFQ intensity u1": [1024, 4, 9, 0, 0, 0],
        "LFQ intensity u2": [2048, 5, 0, 4096, 0, 0],
        "Only identified by site": ["", "", "", "", "", ""],
        "Reverse": ["", "", "+", "", "", ""],
        "Potential contaminant": ["", "+", "", "", "", ""],
    }
)
REPORT = pd.DataFrame(
    [
        (r"D:\x\u1.raw", "u1", "P1", "AAK", "AAK2", 0.001, 0.002, 100.0, 1000.0),
        (r"D:\x\u1.raw", "u1", "P1", "AAR", "AAR2", 0.001, 0.002, 200.0, 1000.0),
        (r"D:\x\u1.raw", "u1", "P2;P3", "CCK", "CCK3", 0.02, 0.002, 300.0, 500.0),
        (r"D:\x\u2.raw", "u2", "P2;P3", "CCK", "CCK3", 0.001, 0.002, 400.0, 600.0),
        (r"D:\x\u2.raw", "u2", "P1", "AAK", "AAK2", 0.001, 0.2, 500.0, 1100.0),
        (r"D:\x\u2.raw", "u2", "contam_P7", "DDK", "DDK2", 0.001, 0.001, 600.0, 700.0),
        (r"D:\x\u2.raw", "u2", "P1", "AAR", "AAR2", 0.001, 0.002, 0.0, 1100.0),
    ],
    columns=[
        *("File.Name", "Run", "Protein.Group", "Stripped.Sequence", "Precursor.Id"),
        *("Q.Value", "PG.Q.Value", "Precursor.Normalised", "PG.MaxLFQ"),
    ],
)
IONS = pd.DataFrame(
    {
        "Peptide Sequence": ["AAK", "CCR", "DDK", "EEK"],
        "Charge": [2, 2, 3, 2],
        "Protein": ["sp|P1|A", "rev_sp|P2|B", "contam_sp|P3|C", "sp|P4|D"],
        "Protein ID": ["P1", "P2", "P3", "P4"],
        "u1 Spectral Count": [3, 1, 1, 2],
        "u2 Spectral Count": [2, 1, 1, 2],
        "u1 Intensity": [1024.0, 100, 100, 0],
        "u2 Intensity": [2048.0, 100, 100, 4096],
    }
)
LABELLED = pd.DataFrame(
    {
        "Index": ["P1", "P2"],
        "NumberPSM": [7, 2],
        "Gene": ["A", "B"],
        "MaxPepProb": [0.99, 0.98],
        "ReferenceIntensity": [20.5, 18.0],
        "u1": [20.1, None],
        "u2": [20.9, 18.5],
    }
)
FRAGMENTS = pd.DataFrame(
    {
        "R.FileName": ["u1.raw", "u1.raw", "u1.raw", "u2.raw"],
        "R.Condition": ["x", "x", "x", "y"],
        "PG.ProteinGroups": ["P1"] * 4,
        "EG.ModifiedSequence": ["_AAK_"] * 4,
        "FG.Charge": [2] * 4,
        "F.FrgLossType": ["noloss", "noloss", "H2O", "noloss"],
        "F.PeakArea": ["100,5", "27,5", "64", "Filtered"],
    }
)
MATRIX = pd.DataFrame({"pg": ["P1", "P2"], "u1": [1024.0, 0], "u2": [2048.0, 4096.0]})

CALLS = {
    "read_alphadia": {"file": MATRIX},
    "read_diann": {"file": REPORT},
    "read_fragpipe": {"file": IONS},
    "read_maxquant": {"file": GROUPS},
    "read_spectronaut": {"file": FRAGMENTS, "quantity": "F.PeakArea"},
}


def write(table, path):
    """A table as a search engine writes it, tab-separated."""
    table.to_csv(path, sep="\t", index=False)
    return path
