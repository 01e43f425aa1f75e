"""A series matrix file as GEO writes it, and the table of its platform."""

import numpy as np

HEADER = """\
!Series_title\t"Livers"
!Series_geo_accession\t"GSE1"
!Series_supplementary_file\t"ftp://host/GSE1_RAW.tar"

!Sample_title\t"a"\t"b"\t"c"\t"d"
!Sample_geo_accession\t"GSM1"\t"GSM2"\t"GSM3"\t"GSM4"
!Sample_platform_id\t"GPL1"\t"GPL1"\t"GPL1"\t"GPL1"
!Sample_characteristics_ch1\t"sex: F"\t"age: 12"\t"sex: M"\t"sex: F"
!Sample_characteristics_ch1\t"age: 10"\t"sex: M"\t""\t"age: 15"
!Sample_data_row_count\t"3"\t"3"\t"3"\t"3"
"""
TABLE = """\
!series_matrix_table_begin
"ID_REF"\t"GSM1"\t"GSM2"\t"GSM3"\t"GSM4"
"001"\t7.5\t8\t9.25\t10
"p 2"\t1\t2\t\t4
"p3"\t3e0\tnull\t5\t6
!series_matrix_table_end
"""
SERIES = HEADER + TABLE
PLATFORM = """\
#ID = Identifier
#Symbol = "of the gene"
ID\tSymbol\tChr
p3\tTP53\t17
001\t5'-"a\t2
p9\tMYC\t
"""


def large(n_probes=60, n_samples=6):
    """A series with a treatment and an age, its probes `001`, `p3` and others."""
    rng = np.random.default_rng(5)
    names = [f"GSM{k}" for k in range(n_samples)]
    lines = {
        "title": [f"sample {k}" for k in range(n_samples)],
        "geo_accession": names,
        "characteristics_ch1": [f"treatment: {x}" for x in ["none", "drug"] * (n_samples // 2)],
        "characteristics_ch1 ": [f"age: {x}" for x in rng.integers(20, 80, n_samples)],
    }
    head = "".join(
        "\t".join([f"!Sample_{label.strip()}", *(f'"{cell}"' for cell in cells)]) + "\n"
        for label, cells in lines.items()
    )
    probes = ["001", "p3", *(f"q{k}" for k in range(n_probes - 2))]
    values = rng.normal(8, 1, (n_probes, n_samples)).round(3)
    rows = ["\t".join([f'"{p}"', *map(str, row)]) for p, row in zip(probes, values, strict=True)]
    first = "\t".join(f'"{name}"' for name in ["ID_REF", *names])
    body = "\n".join(["!series_matrix_table_begin", first, *rows, "!series_matrix_table_end"])
    return f"{head}{body}\n"


def write(folder, text=SERIES, name="GSE1_series_matrix.txt"):
    """Path of a file in a folder."""
    (folder / name).write_text(text)
    return folder / name
