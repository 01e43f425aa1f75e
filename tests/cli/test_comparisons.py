"""Files of comparisons."""

import pytest

from pylimma.cli.comparisons import read_comparisons
from pylimma.errors import InputError


@pytest.fixture
def written(tmp_path):
    def write(text, name="contrasts.csv"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


@pytest.mark.parametrize("header", ["Contrasts\n", "# ours\n\nContrasts\n", ""])
def test_a_list_has_an_expression_on_each_line(written, header):
    path = written(header + "Mut - WT\n(a + b)/2 - c\nWT-Mut\n", "contrasts.txt")
    assert [item.contrast for item in read_comparisons(path)] == [
        *("Mut - WT", "(a + b)/2 - c", "WT-Mut"),
    ]


def test_a_header_alone_is_no_contrast(written):
    with pytest.raises(InputError):
        read_comparisons(written("Contrasts\n"))


def test_levels_are_text_whatever_they_look_like(written):
    pytest.importorskip("yaml")
    text = "contrasts: [{id: x, comparison: [smokes, no, yes]}, {id: 1e3, comparison: [a, 007, 2]}]"
    found = read_comparisons(written(text, "c.yaml"))
    assert [item.contrast for item in found] == [("smokes", "yes", "no"), ("a", "2", "007")]
    assert found[1].name == "1e3"
    table = written("id,variable,reference,target\n1e3,a,007,2023-01-02\n")
    assert read_comparisons(table)[0].contrast == ("a", "2023-01-02", "007")


@pytest.mark.parametrize("nothing", ["NA", "", " NA "])
def test_na_is_no_blocking_factor_and_excludes_nothing(written, nothing):
    header = "id,variable,reference,target,blocking,exclude_samples_col\n"
    item = read_comparisons(written(f"{header}x,group,a,b,{nothing},{nothing}\n"))[0]
    assert item.variables == ("group",)
    assert item.exclude_column is None


@pytest.mark.parametrize("nothing", ["NA", "null", "~", "", "[]"])
def test_na_in_yaml_is_no_blocking_factor(written, nothing):
    pytest.importorskip("yaml")
    text = f"contrasts: [{{id: x, comparison: [group, a, b], blocking_factors: {nothing}}}]"
    assert read_comparisons(written(text, "c.yaml"))[0].variables == ("group",)


def test_contrasts_without_id_have_names_of_their_own_in_each_style(written):
    path = written("variable,reference,target,blocking\ngroup,a,b,\ngroup,a,c,x;y\n")
    assert [item.name for item in read_comparisons(path)] == ["group_b_vs_a", "group_c_vs_a"]
    named = [item.name for item in read_comparisons(path, "nf-core")]
    assert named == ["group_a_b_", "group_a_c_x;y"]


def test_formulas_without_id_are_named_by_what_they_compare(written):
    pytest.importorskip("yaml")
    text = "contrasts: [{formula: ~ group, make_contrasts_str: groupb}]"
    assert read_comparisons(written(text, "c.yaml"), "nf-core")[0].name == "groupb"
