import pytest

from pylimma.cli.commands import main
from pylimma.cli.validate import report_differences
from pylimma.self_check import Comparison


def test_the_command_lists_functions_and_succeeds(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["validate"])
    assert stopped.value.code == 0
    text = capsys.readouterr().out
    assert "voom_lm_fit" in text
    assert "largest relative difference" in text.splitlines()[-1]


def test_a_difference_is_marked_and_fails(capsys, monkeypatch):
    steps = [
        Comparison("one", "voom", 1e-14, 1e-8, "E"),
        Comparison("two", "voom", 1e-3, 1e-8, "weights"),
    ]
    lines = []
    assert report_differences(steps, lines.append) == 1
    assert any("DIFFERS in weights" in line for line in lines)
    assert "1 of 2 steps agree" in lines[-1]
    assert report_differences(steps, lines.append, each=True) == 1
    monkeypatch.setattr("pylimma.cli.validate.compare_all", lambda: iter(steps))
    with pytest.raises(SystemExit) as stopped:
        main(["validate"])
    assert stopped.value.code == 1
