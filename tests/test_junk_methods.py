"""Methods too answer junk with errors of pylimma alone."""

import warnings

import matplotlib.pyplot as plt
import pytest
from test_junk_arguments import ADATA, DGE, FRAME, JUNK, MODERATED, chosen

import pylimma as pl
from pylimma.errors import PylimmaError, PylimmaWarning

MODEL = pl.Limma(ADATA, "~ group").fit()
MODEL.test_contrasts("groupb")
ANALYSIS = pl.analyze(DGE, formula="~ group", filter=False)

# A method, its valid arguments, and those that are given junk.
METHODS = [
    (
        pl.Limma.compare_groups,
        {"adata": ADATA, "column": "group", "baseline": "a", "groups_to_compare": "b"},
        ("adata", "column", "baseline", "groups_to_compare", "paired_by", "mask", "layer"),
    ),
    (MODEL.test_contrasts, {"contrasts": "groupb"}, ("contrasts", "adjust_method", "lfc")),
    (MODEL.test_reduced, {"reduced": "~ 1"}, ("reduced",)),
    (
        pl.Limma(ADATA, "~ group").fit,
        {},
        ("counts", "normalization", "trend", "robust", "block", "correlation", "weights"),
    ),
    (ANALYSIS.contrast, {}, ("contrast",)),
    (ANALYSIS.table_of, {}, ("contrast",)),
    (MODERATED.frame, {}, ("name",)),
    (pl.EList.from_frame, {"frame": FRAME}, ("frame", "annotation")),
    (MODERATED.residuals, {"y": FRAME}, ("y",)),
]
CASES = [(method, valid, name) for method, valid, names in METHODS for name in names]


@pytest.mark.parametrize(
    ("method", "valid", "name"), CASES, ids=[f"{m.__qualname__}-{n}" for m, _, n in CASES]
)
def test_no_foreign_error_comes_of_a_method(method, valid, name):
    faults = []
    for place in chosen(method.__qualname__, name):
        junk = JUNK[place]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PylimmaWarning)
            try:
                method(**{**valid, name: junk})
            except PylimmaError:
                pass
            except Exception as error:  # noqa: BLE001 - any other is the failure
                faults.append(f"JUNK[{place}] {str(junk)[:60]} raised {error!r}"[:300])
    plt.close("all")
    assert not faults, "\n".join(faults)
