"""Kinds of spots by patterns, against fnmatch and by hand."""

import fnmatch

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, Note, PylimmaError, UnknownNameError

GENES = pd.DataFrame(
    {
        "ID": ["Control", "Control", "Control", "Controls", "AA.1", "AA21", None],
        "Name": ["Ratio 1", "Ratio 2", "House keeping", "House", "Gene 1", "Gene 2", "Gene 3"],
    }
)


def kinds(**columns):
    return pd.DataFrame({"SpotType": list("abcdefgh")[: len(columns["ID"])], **columns})


def test_the_last_kind_of_which_all_patterns_fit_counts():
    types = pd.DataFrame(
        {
            "SpotType": ["Gene", "Ratio", "Housekeeping", "AA"],
            "ID": ["*", "Control", "Control", r"AA\.1"],
            "Name": ["*", "Ratio*", "House*ing*", "*"],
            "Color": ["black", "red", "blue", "grey"],
        }
    )
    found = pylimma.control_status(types, GENES)
    assert found.tolist() == ["Ratio", "Ratio", "Housekeeping", "Gene", "AA", "Gene", ""]
    assert found.attrs == {
        "values": ["Gene", "Ratio", "Housekeeping", "AA"],
        "col": ["black", "red", "blue", "grey"],
    }


@pytest.mark.filterwarnings("ignore::pylimma.errors.Note")
@pytest.mark.parametrize("pattern", ["*", "A*", "*1", "A*2*1", "Control", "control", "", "*o*o*"])
def test_stars_stand_for_any_text_as_in_the_patterns_of_a_shell(pattern):
    ids = [*GENES["ID"].dropna(), "", "ooo", "A21"]
    expected = ["a" if fnmatch.fnmatchcase(text, pattern) else "" for text in ids]
    found = pylimma.control_status(kinds(ID=[pattern]), {"ID": ids})
    assert found.tolist() == expected


def test_everything_else_is_a_regular_expression_from_begin_to_end():
    ids = ["a", "ab", "b", "H1", "H01"]
    assert pylimma.control_status(kinds(ID=["H[0-9]"]), {"ID": ids}).tolist() == [
        *("",) * 3,
        "a",
        "",
    ]
    assert pylimma.control_status(kinds(ID=["H0?1"]), {"ID": ids}).tolist()[3:] == ["a", "a"]


def test_chosen_columns_of_patterns_leave_the_others_as_attributes():
    types = kinds(ID=["*", "Control"], Name=["*", "Ratio*"], cex=[1.0, 2.0])
    found = pylimma.control_status(types, GENES, regexpcol="ID")
    assert found.tolist()[:4] == ["b", "b", "b", "a"]
    assert found.attrs["Name"] == ["*", "Ratio*"]
    assert found.attrs["cex"] == [1.0, 2.0]


def test_numbers_are_identifiers_and_the_column_of_kinds_may_have_another_name():
    types = {"kind": ["x", "y"], "ID": ["1*", "2"]}
    assert pylimma.control_status(types, {"ID": [1, 2, 10]}, "kind").tolist() == ["x", "y", "x"]


def test_a_container_gives_its_annotation_and_the_names_of_its_rows():
    data = pylimma.EListRaw(E=np.ones((7, 1)), genes=GENES)
    types = kinds(ID=["*"])
    assert pylimma.control_status(types, data).tolist() == ["a"] * 6 + [""]
    named = data.with_names(genes=list("tuvwxyz"))
    assert pylimma.control_status(types, named).index.tolist() == list("tuvwxyz")


def test_a_kind_without_spots_is_noted():
    with pytest.warns(Note, match="fit: 6 a, 0 b"):
        pylimma.control_status(kinds(ID=["*", "nothing"]), GENES)
    with pytest.warns(Note, match="patterns of 'ID' fit: 6 a"):
        pylimma.control_status(kinds(ID=["*"]), GENES, verbose=True)


def test_kinds_weight_spots():
    status = pylimma.control_status(kinds(ID=["*", "Control"]), GENES)
    weights = pylimma.modify_weights(np.ones((7, 2)), status, ["b"], [0])
    assert weights[:, 0].tolist() == [0, 0, 0, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pylimma.control_status(3, GENES), PylimmaError, "must be a DataFrame"),
        (lambda: pylimma.control_status({"ID": ["*"]}, GENES), UnknownNameError, "'SpotType'"),
        (
            lambda: pylimma.control_status({"SpotType": ["a"], "Probe": ["*"]}, GENES),
            InputError,
            "there are no patterns",
        ),
        (
            lambda: pylimma.control_status(kinds(ID=["*"]), GENES, regexpcol=["Name"]),
            UnknownNameError,
            "`regexpcol` has 'Name', which `types` lacks",
        ),
        (
            lambda: pylimma.control_status(kinds(ID=["(a"]), GENES),
            InputError,
            r"'\(a' in column 'ID' of `types` is no regular expression",
        ),
        (
            lambda: pylimma.control_status(kinds(ID=["[[a"]), GENES),
            InputError,
            "is no regular expression",
        ),
        (
            lambda: pylimma.control_status(kinds(ID=["*"]), pylimma.EListRaw(E=np.ones((7, 1)))),
            InputError,
            "without annotation",
        ),
    ],
)
def test_what_tells_no_kinds_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
