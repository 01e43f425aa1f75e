import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pylimma.cli import folder as folders
from pylimma.cli.folder import whole_folder
from pylimma.cli.manifest import read_manifest, write_manifest
from pylimma.errors import InputError, OutputError


def write(target, files, *, overwrite=False, **options):
    with whole_folder(target, overwrite=overwrite) as new:
        for name, text in files.items():
            (new / name).parent.mkdir(exist_ok=True, parents=True)
            (new / name).write_text(text)
        write_manifest(new, target, options, ())


def texts(target):
    return {
        path.relative_to(target).as_posix(): path.read_text()
        for path in target.rglob("*")
        if path.is_file() and path.name != "run.json"
    }


FIRST = {"a.tsv": "1", "tables/b.tsv": "1", "plots/c.png": "1"}
SECOND = {"a.tsv": "2", "tables/b.tsv": "1", "tables/d.tsv": "2"}


def test_overwriting_removes_what_a_run_wrote_and_nothing_else(tmp_path):
    target = tmp_path / "x"
    write(target, FIRST)
    (target / "notes.txt").write_text("mine")
    (target / "tables" / "mine.tsv").write_text("mine")
    write(target, SECOND, overwrite=True)
    assert texts(target) == SECOND | {"notes.txt": "mine", "tables/mine.tsv": "mine"}
    assert not (target / "plots").exists()
    assert set(read_manifest(target).outputs) == set(SECOND)


def test_a_result_that_was_changed_is_not_replaced(tmp_path):
    target = tmp_path / "x"
    write(target, FIRST)
    (target / "a.tsv").write_text("with my comments")
    with pytest.raises(InputError, match=r"have changed since .* 'a\.tsv'"):
        write(target, SECOND, overwrite=True)
    assert texts(target) == FIRST | {"a.tsv": "with my comments"}


@pytest.mark.parametrize("name", ["../mine.txt", "{place}/mine.txt", "x/../../mine.txt"])
def test_a_manifest_that_names_other_folders_removes_nothing_there(name, tmp_path):
    target, mine = tmp_path / "x", tmp_path / "mine.txt"
    write(target, FIRST)
    mine.write_text("1")
    content = json.loads((target / "run.json").read_text())
    content["outputs"][name.format(place=tmp_path)] = content["outputs"]["a.tsv"]
    (target / "run.json").write_text(json.dumps(content))
    write(target, SECOND, overwrite=True)
    assert mine.read_text() == "1"


def test_the_folder_of_a_run_is_taken_until_it_ends(tmp_path):
    for target in (tmp_path / "new", tmp_path / "there"):
        (tmp_path / "there").mkdir(exist_ok=True)
        with whole_folder(target) as first:
            (first / "a").write_text("first")
            write_manifest(first, target, {}, ())
            with pytest.raises(OutputError, match="Another run is writing to"):
                write(target, {"a": "second"})
        assert texts(target) == {"a": "first"}
        assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_folder_that_something_else_made_meanwhile_is_left_as_it_is(tmp_path):
    target = tmp_path / "x"

    def run():
        with whole_folder(target) as new:
            (new / "a").write_text("ours")
            target.mkdir()
            (target / "a").write_text("theirs")

    with pytest.raises(OutputError, match="made by something else meanwhile"):
        run()
    assert texts(target) == {"a": "theirs"}
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_of_many_runs_that_start_at_once_one_writes_its_whole_results(tmp_path):
    target, outcomes = tmp_path / "x", []
    ready = threading.Barrier(8)

    def run(number):
        ready.wait()
        try:
            write(target, {f"{k}.txt": str(number) for k in range(20)})
        except (InputError, OutputError) as error:
            outcomes.append(str(error))
        else:
            outcomes.append(number)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [found for found in outcomes if isinstance(found, int)]
    assert len(outcomes) == 8
    assert len(winners) == 1
    assert set(texts(target).values()) == {str(winners[0])}
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_links_are_followed_and_stay(tmp_path):
    (tmp_path / "disk").mkdir()
    target = tmp_path / "x"
    target.symlink_to(tmp_path / "disk", target_is_directory=True)
    write(target, FIRST)
    write(target, SECOND, overwrite=True)
    assert target.is_symlink()
    assert texts(tmp_path / "disk") == SECOND
    page = tmp_path / "page.tsv"
    shutil.move(target / "a.tsv", page)
    (target / "a.tsv").symlink_to(page)
    write(target, SECOND | {"a.tsv": "3"}, overwrite=True)
    assert (target / "a.tsv").is_symlink()
    assert page.read_text() == "3"
    (tmp_path / "later").symlink_to(tmp_path / "made")
    write(tmp_path / "later", FIRST)
    assert texts(tmp_path / "made") == FIRST


def test_results_stand_beside_what_is_in_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("counts.tsv").write_text("counts")
    write(Path(), FIRST)
    assert texts(tmp_path) == FIRST | {"counts.tsv": "counts"}
    write(Path(), SECOND, overwrite=True)
    assert texts(tmp_path) == SECOND | {"counts.tsv": "counts"}
    with pytest.raises(InputError, match=r"no run wrote: 'counts\.tsv'"):
        write(Path(), FIRST | {"counts.tsv": "ours"}, overwrite=True)
    assert texts(tmp_path) == SECOND | {"counts.tsv": "counts"}
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


def test_a_folder_whose_parent_is_read_only_is_written(tmp_path):
    (tmp_path / "x").mkdir()
    with whole_folder(tmp_path / "x") as new:
        write_manifest(new, tmp_path / "x", {}, ())
        assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_folders_above_are_made_and_go_again_on_failure(tmp_path):
    with pytest.raises(ZeroDivisionError), whole_folder(tmp_path / "a" / "b" / "c"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    write(tmp_path / "a" / "b" / "c", FIRST)
    assert texts(tmp_path / "a" / "b" / "c") == FIRST


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import test_folder
from pylimma.cli import folder
move, left = folder._move, int(sys.argv[1])
def last(source, destination):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    move(source, destination)
folder._move = last
test_folder.write(Path(sys.argv[2]), test_folder.SECOND, overwrite=True)
"""


@pytest.mark.parametrize("moved", range(4))
def test_a_run_killed_while_its_files_move_is_finished_by_the_next(moved, tmp_path):
    target = tmp_path / "x"
    write(target, FIRST)
    (target / "notes.txt").write_text("mine")
    code = KILLED.format(tests=str(Path(__file__).parent))
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code, str(moved), str(target)], check=False, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL
    with pytest.raises(InputError, match="already holds results"):
        write(target, {"e.tsv": "3"})
    assert texts(target) == SECOND | {"notes.txt": "mine"}
    assert set(read_manifest(target).outputs) == set(SECOND)


def test_an_interruption_while_files_move_finishes_first(tmp_path, monkeypatch):
    target = tmp_path / "x"
    write(target, FIRST)
    move, calls = folders._move, []

    def interrupted(source, destination):
        calls.append(source)
        if len(calls) == 2:
            raise KeyboardInterrupt
        move(source, destination)

    monkeypatch.setattr(folders, "_move", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(target, SECOND, overwrite=True)
    assert texts(target) == SECOND


def test_a_full_disk_names_the_target_and_leaves_the_former_results(tmp_path, monkeypatch):
    target = tmp_path / "x"
    write(target, FIRST)

    def full(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(folders.Path, "touch", full)
    with pytest.raises(OutputError, match="x' cannot be written: No space left on device"):
        write(target, SECOND, overwrite=True)
    assert texts(target) == FIRST
