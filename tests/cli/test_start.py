import subprocess
import sys

import pylimma

NOT_ASKED_FOR = (
    *("matplotlib", "jinja2", "pooch", "polars", "anndata", "dask", "zarr", "h5py"),
    *("scipy.stats", "scipy.optimize", "scipy.fft", "scipy.integrate", "scipy.spatial"),
)
CODE = """
import sys
from pylimma.cli.commands import main
try:
    main()
except SystemExit as stopped:
    print(*sys.modules)
    raise
"""


def test_a_run_without_pictures_loads_nothing_to_draw_them(tmp_path):
    data = pylimma.simulate_counts(n_genes=300, rng=1)
    data.counts.to_csv(tmp_path / "counts.csv")
    data.samples.to_csv(tmp_path / "samples.csv")
    given = ["--counts", "counts.csv", "--samples", "samples.csv", "--formula", "~ group"]
    more = ["--no-plots", "--no-report", "--no-parquet", "--quiet", "--out", "results"]
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", CODE, "run", *given, *more],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = done.stdout.split()
    assert [name for name in NOT_ASKED_FOR if name in loaded] == []
