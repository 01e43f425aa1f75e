"""Folders as quantification programs write them, with numbers made up."""

import gzip
import json

import h5py
import numpy as np

NAMES = ["tA1.1", "tA2.1", "tB1.3", "tC1.1"]
LENGTH = np.array([1000, 2000, 500, 800])
COUNTS = {"s1": np.array([10.0, 20, 0, 5]), "s2": np.array([0.0, 40, 8, 0])}
EFFECTIVE = {"s1": LENGTH - 100.0, "s2": LENGTH - 200.0}
TX2GENE = {"tA1.1": "A", "tA2.1": "A", "tB1.3": "B", "tC1.1": "C"}


def abundance(sample):
    rate = COUNTS[sample] / EFFECTIVE[sample]
    return rate / rate.sum() * 1e6


def table(columns):
    rows = ["\t".join(columns)]
    rows += ["\t".join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    return "\n".join(rows) + "\n"


def salmon(folder, resamples=None, kind="bootstrap"):
    for number, sample in enumerate(COUNTS):
        run = folder / sample
        (run / "aux_info" / "bootstrap").mkdir(parents=True)
        columns = {
            "Name": NAMES,
            "Length": LENGTH,
            "EffectiveLength": EFFECTIVE[sample],
            "TPM": abundance(sample),
            "NumReads": COUNTS[sample],
        }
        (run / "quant.sf").write_text(table(columns))
        n_resamples = 0 if resamples is None else len(resamples[number])
        meta = {"num_valid_targets": 4, "num_bootstraps": n_resamples, "samp_type": kind}
        (run / "aux_info" / "meta_info.json").write_text(json.dumps(meta))
        if n_resamples:
            content = gzip.compress(np.asarray(resamples[number], dtype="<f8").tobytes())
            (run / "aux_info" / "bootstrap" / "bootstraps.gz").write_bytes(content)
    return [folder / sample for sample in COUNTS]


def kallisto(folder, resamples=None, *, text=True):
    for number, sample in enumerate(COUNTS):
        run = folder / sample
        run.mkdir()
        columns = {
            "target_id": NAMES,
            "length": LENGTH,
            "eff_length": EFFECTIVE[sample],
            "est_counts": COUNTS[sample],
            "tpm": abundance(sample),
        }
        if text:
            (run / "abundance.tsv").write_text(table(columns))
            continue
        with h5py.File(run / "abundance.h5", "w") as file:
            file["aux/ids"] = np.array(NAMES, dtype="S")
            file["aux/lengths"] = LENGTH
            file["aux/eff_lengths"] = EFFECTIVE[sample]
            file["est_counts"] = COUNTS[sample]
            file["aux/num_bootstrap"] = [0 if resamples is None else len(resamples[number])]
            for k, values in enumerate([] if resamples is None else resamples[number]):
                file[f"bootstrap/bs{k}"] = values
    return [folder / sample for sample in COUNTS]


def oarfish(folder, resamples=None):
    import pyarrow as pa  # noqa: PLC0415 - optional
    from pyarrow import parquet  # noqa: PLC0415 - optional

    for number, sample in enumerate(COUNTS):
        columns = {"tname": NAMES, "len": LENGTH, "num_reads": COUNTS[sample]}
        (folder / f"{sample}.quant").write_text(table(columns))
        values = [] if resamples is None else resamples[number]
        meta = {"num_bootstraps": len(values), "model_coverage": False}
        (folder / f"{sample}.meta_info.json").write_text(json.dumps(meta))
        if len(values):
            columns = {f"bootstrap.{k + 1}": list(map(float, v)) for k, v in enumerate(values)}
            parquet.write_table(pa.table(columns), folder / f"{sample}.infreps.pq")
    return [folder / sample for sample in COUNTS]


def piscem(folder):
    for sample, counts in COUNTS.items():
        columns = {
            "target_name": NAMES,
            "eelen": EFFECTIVE[sample],
            "tpm": abundance(sample),
            "ecount": counts,
        }
        (folder / f"{sample}.quant").write_text(table(columns))
    return [folder / sample for sample in COUNTS]


def rsem(folder, spread=None):
    files = []
    for number, sample in enumerate(COUNTS):
        columns = {
            "transcript_id": NAMES,
            "gene_id": list(TX2GENE.values()),
            "length": LENGTH,
            "effective_length": EFFECTIVE[sample],
            "expected_count": COUNTS[sample],
            "TPM": abundance(sample),
        }
        if spread is not None:
            columns["posterior_mean_count"] = spread[number][0]
            columns["posterior_standard_deviation_of_count"] = spread[number][1]
        files.append(folder / f"{sample}.isoforms.results")
        files[-1].write_text(table(columns))
    return files


def tables(folder):
    """Small tables of counts in the layouts of several programs."""
    (folder / "fc.txt").write_text(
        "# Program:featureCounts\nGeneid\tChr\tStart\tEnd\tStrand\tLength\ta.bam\tb.bam\n"
        "g1\t1\t1\t9\t+\t9\t3\t4\ng2\t1\t1\t9\t+\t9\t5\t6\n"
    )
    (folder / "one.txt").write_text("tag\tn\nA\t1\nB\t2\n")
    (folder / "two.txt").write_text("tag\tn\nA\t1\nB\t4\n")
    (folder / "matrix.mtx").write_text(
        "%%MatrixMarket matrix coordinate integer general\n2 2 2\n1 1 3\n2 2 4\n"
    )
    (folder / "barcodes.tsv").write_text("AA\nAC\n")
    (folder / "features.tsv").write_text("g1\tG1\tGene Expression\ng2\tG2\tGene Expression\n")
    return folder
