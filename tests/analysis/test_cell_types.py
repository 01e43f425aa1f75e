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
def test_no_cell_type_at_all_is_an_error(cells):
    with pytest.raises(InputError, match="No cell type can be analysed"):
        pylimma.analyze_pseudobulk(cells, "donor", "kind", "~ nothing")
