import os
import stat
import threading

import numpy as np
import pytest

import pylimma
from pylimma.archive import read_archive, write_archive
from pylimma.errors import InputError, OutputError
from pylimma.output import whole_file


def written(path, text="new"):
    with whole_file(path) as place:
        place.write_text(text)


def test_a_failure_leaves_the_former_file_and_nothing_else(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        written(file, "half" * 10_000 + "\udc80")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_is_followed_and_permissions_stay(tmp_path):
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / "a.txt", tmp_path / "link.txt"
    real.write_text("old")
    real.chmod(0o600)
    link.symlink_to(real)
    written(link)
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    (tmp_path / "dangling").symlink_to(tmp_path / "real" / "b.txt")
    written(tmp_path / "dangling")
    assert (tmp_path / "real" / "b.txt").read_text() == "new"


def test_a_name_as_long_as_the_system_allows_is_written(tmp_path):
    written(tmp_path / ("x" * 255))
    assert (tmp_path / ("x" * 255)).read_text() == "new"


def test_a_pipe_is_written_to_and_stays(tmp_path):
    pipe, found = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: found.append(pipe.read_text()))
    reader.start()
    written(pipe)
    reader.join()
    assert found == ["new"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def on_a_full_disk(path):
    with whole_file(path) as place:
        place.symlink_to("/dev/full")
        place.write_text("text")


def test_a_full_disk_and_missing_folders_are_named_errors(tmp_path):
    with pytest.raises(OutputError, match=r"a\.txt' cannot be written: No space left on device"):
        on_a_full_disk(tmp_path / "a.txt")
    with pytest.raises(InputError, match="There is no folder"):
        written(tmp_path / "none" / "a.txt")
    with pytest.raises(InputError, match="is a folder"):
        written(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_file_is_not_replaced(tmp_path, monkeypatch):
    file = tmp_path / "a.txt"
    file.write_text("old")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OutputError, match="read-only"):
        written(file)
    assert file.read_text() == "old"


def test_threads_that_write_one_file_leave_one_whole_file(tmp_path):
    threads = [
        threading.Thread(target=write_archive, args=(tmp_path / "a", {"x": np.full(1000, k)}))
        for k in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(read_archive(tmp_path / "a")["x"])) == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_files_of_results_name_the_folder_that_is_missing(tmp_path):
    data = pylimma.simulate_counts(n_genes=100, n_samples=4, rng=1)
    fit = pylimma.e_bayes(pylimma.lm_fit(np.log2(data.counts + 1), np.ones((4, 1))))
    with pytest.raises(InputError, match="There is no folder"):
        pylimma.write_fit(fit, file=tmp_path / "none" / "fit.tsv")
