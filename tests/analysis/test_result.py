import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, UnknownNameError


@pytest.fixture(scope="module")
def analysis():
    data = pylimma.simulate_counts(n_genes=1000, n_samples=6, rng=2)
    samples = data.samples.assign(batch=list("xyxyxy"))
    return pylimma.analyze(data.counts, samples, "~ group + batch", method="quality_weights")


@pytest.mark.parametrize(
    "plot",
    ["library_sizes", "densities", "mds", "trend", "sa", "weights"],
)
def test_pictures_of_the_samples_are_drawn(analysis, plot):
    assert getattr(analysis, f"plot_{plot}")().has_data()
    plt.close("all")


@pytest.mark.parametrize("plot", ["p_values", "md", "volcano", "heatmap"])
def test_pictures_of_a_contrast_are_drawn(analysis, plot):
    ax = np.ravel(getattr(analysis, f"plot_{plot}")("grouptreated"))[0]
    assert ax.figure.axes
    plt.close("all")


def test_a_contrast_is_asked_for_where_there_are_several(analysis):
    with pytest.raises(InputError, match="Say which contrast: 'grouptreated', 'batchy'"):
        analysis.plot_md()
    with pytest.raises(UnknownNameError, match="No contrast 'group'"):
        analysis.plot_md("group")
    assert analysis.contrast(-1) == 1


def test_an_analysis_is_the_same_after_saving(analysis, tmp_path):
    path = analysis.save(tmp_path / "a.pylimma")
    found = pylimma.Analysis.load(path)
    assert repr(found) == repr(analysis)
    for name, table in analysis.tables.items():
        pd.testing.assert_frame_equal(found.tables[name], table)
    np.testing.assert_array_equal(found.expression["weights"], analysis.expression["weights"])
    pd.testing.assert_frame_equal(found.sample_table, analysis.sample_table)
    assert found.fit.row_names.equals(analysis.fit.row_names)


def test_saving_twice_writes_the_same_bytes(analysis, tmp_path):
    one, two = analysis.save(tmp_path / "one"), analysis.save(tmp_path / "two")
    assert one.read_bytes() == two.read_bytes()


def test_what_is_no_analysis_is_not_loaded(tmp_path):
    path = tmp_path / "x"
    path.write_text("no zip")
    with pytest.raises(InputError, match="not an archive"):
        pylimma.Analysis.load(path)


def test_the_conditions_are_those_of_the_factors_that_are_compared():
    data = pylimma.simulate_counts(n_genes=500, n_samples=6, rng=2)
    samples = data.samples.assign(batch=list("xyxyxy"))
    found = pylimma.analyze(data.counts, samples, "~ batch + group", {"effect": "grouptreated"})
    assert list(found.groups.cat.categories) == ["control", "treated"]
    assert found.groups.name == "group"


def test_the_sample_table_has_library_sizes_factors_and_weights(analysis):
    table = analysis.sample_table
    assert list(table.columns[:2]) == ["group", "batch"]
    assert {"lib_size", "norm_factors", "effective_lib_size", "sample_weight"} <= set(table.columns)
    np.testing.assert_allclose(table["lib_size"], np.asarray(analysis.data["counts"]).sum(axis=0))
