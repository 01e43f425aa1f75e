import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputWarning, Note, UnknownNameError

anndata = pytest.importorskip("anndata")


@pytest.fixture
def cells():
    rng = np.random.default_rng(1)
    donor = np.arange(360) % 6
    kind = np.where(np.arange(360) < 170, "B", np.where(np.arange(360) < 340, "T", "rare"))
    mean = np.full((360, 80), 4.0)
    mean[:, 0] += 12 * ((donor >= 3) & (kind == "T"))
    obs = pd.DataFrame({"donor": donor, "kind": kind}).astype(str)
    obs["group"] = np.where(donor < 3, "a", "b")
    var = pd.DataFrame(index=[f"g{k}" for k in range(80)])
    return anndata.AnnData(rng.poisson(mean).astype(np.float32), obs.rename(index=str), var)


@pytest.mark.filterwarnings("ignore::pylimma.errors.Note")
def test_every_cell_type_is_analysed_by_itself(cells):
    with pytest.warns(Note):
        found = pylimma.analyze_pseudobulk(cells, "donor", "kind", "~ group")
    assert list(found) == ["B", "T"]
    assert found["T"].tables["groupb"].index[0] == "g0"
    assert found["T"].summary["up"].item() == 1
    assert found["B"].summary["up"].item() == 0
    assert list(found.table.columns[:3]) == ["cell_type", "contrast", "gene"]
    assert len(found.table) == 160


@pytest.mark.filterwarnings("ignore::pylimma.errors.Note")
def test_a_cell_type_that_cannot_be_analysed_is_skipped_with_the_reason(cells):
    cells = cells[~((cells.obs["kind"] == "B") & (cells.obs["group"] == "b"))].copy()
    with pytest.warns(InputWarning, match="'B' is skipped"):
        found = pylimma.analyze_pseudobulk(cells, "donor", "kind", "~ group")
    assert list(found) == ["T"]
    with pytest.raises(UnknownNameError, match="No analysis of 'B'"):
        found["B"]
    assert "skipped B" in repr(found)


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_the_pages_of_cell_types_take_the_options_of_a_report(cells, tmp_path):
    found = pylimma.analyze_pseudobulk(cells, "donor", "kind", "~ group")
    pages = found.report(tmp_path / "pages", sections=["overview", "methods"])
    assert [page.name for page in pages] == ["01_B.html", "02_T.html"]
    assert all('id="genes"' not in page.read_text() for page in pages)
    with pytest.raises(InputError, match="`report` has no argument 'section'"):
        found.report(tmp_path / "pages", section="methods")


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_no_cell_type_at_all_is_an_error(cells):
    with pytest.raises(InputError, match="No cell type can be analysed"):
        pylimma.analyze_pseudobulk(cells, "donor", "kind", "~ nothing")


def test_a_mislabelled_cell_is_named_by_its_sample_and_the_levels(cells):
    cells.obs.loc["7", "group"] = "b"
    with pytest.raises(InputError, match=r"'group' differs .* sample '1': 59 a, 1 b"):
        pylimma.analyze_pseudobulk(cells, "donor", "kind", "~ group")
    cells.obs["other"] = cells.obs["group"]
    with pytest.raises(InputError, match="'other' differs between cells of sample '1'"):
        pylimma.analyze_pseudobulk(cells, "donor", "kind", "~ 0 + `other`")


@pytest.mark.filterwarnings("ignore::pylimma.errors.Note")
def test_a_cell_without_a_label_takes_that_of_its_sample(cells):
    expected = pylimma.analyze_pseudobulk(cells, "donor", "kind", "~ group")
    cells.obs["group"] = cells.obs["group"].astype(object)
    cells.obs.loc["7", "group"] = None
    found = pylimma.analyze_pseudobulk(cells, "donor", "kind", "~ group")
    pd.testing.assert_frame_equal(found.table, expected.table)


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_donors_in_both_conditions_are_summed_by_both(cells):
    cells.obs["stim"] = np.where(np.arange(360) // 6 % 2 == 0, "no", "yes")
    advice = r"'stim' differs .* 5 other samples.*`sample_col=\['donor', 'stim'\]`"
    with pytest.raises(InputError, match=advice):
        pylimma.analyze_pseudobulk(cells, "donor", "kind", "~ stim")
    found = pylimma.analyze_pseudobulk(
        cells, ["donor", "stim"], "kind", "~ donor + stim", min_counts=0
    )
    assert found["T"].data.shape[1] == 12
    assert "stimyes" in found["T"].tables


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_a_variable_of_each_cell_type_may_differ_between_them(cells):
    batch = np.where(cells.obs["kind"] == "B", cells.obs["donor"].astype(int) % 2, 0)
    cells.obs["batch"] = batch.astype(str)
    found = pylimma.analyze_pseudobulk(cells, "donor", "kind", "~ batch + group")
    assert list(found) == ["B"]
