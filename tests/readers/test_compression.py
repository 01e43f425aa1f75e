"""Compressed files, whole and damaged, standard input and pipes."""

import bz2
import gzip
import importlib.util
import io
import lzma
import os
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import pylimma
from pylimma.errors import InputError
from pylimma.readers.compression import read_content
from pylimma.readers.delimited import read_delimited

ROWS = "".join(f"g{k}\t{k * 7919 % 10007}\t{k * 31 % 997}\n" for k in range(4000))
TEXT = "gene\ta\tb\n" + ROWS


def zstd(content):
    if importlib.util.find_spec("zstandard") is None:
        pytest.skip("zstandard is not installed")
    import zstandard  # noqa: PLC0415 - optional

    return zstandard.ZstdCompressor().compress(content)


COMPRESSED = {
    "gzip": (".gz", gzip.compress),
    "bzip2": (".bz2", bz2.compress),
    "xz": (".xz", lzma.compress),
    "zstd": (".zst", zstd),
}
KINDS = list(COMPRESSED)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_recognised_by_its_content_and_found_without_its_suffix(tmp_path, kind):
    suffix, compress = COMPRESSED[kind]
    (tmp_path / f"c.tsv{suffix}").write_bytes(compress(TEXT.encode()))
    (tmp_path / "named.otherwise").write_bytes(compress(TEXT.encode()))
    for name in ("c.tsv", f"c.tsv{suffix}", "named.otherwise"):
        counts = pylimma.read_counts(tmp_path / name).counts
        np.testing.assert_array_equal(counts[:, 0], np.arange(4000) * 7919 % 10007)


@pytest.mark.parametrize("kind", KINDS)
def test_members_after_each_other_are_one_file_and_zeros_at_the_end_are_nothing(tmp_path, kind):
    compress = COMPRESSED[kind][1]
    content = TEXT.encode()
    parts = [compress(content[k : k + 9000]) for k in range(0, len(content), 9000)]
    (tmp_path / "c").write_bytes(b"".join(parts) + bytes(64))
    assert read_content(tmp_path / "c") == content


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_off_at_any_place_is_one_error_that_names_it(tmp_path, kind):
    whole = COMPRESSED[kind][1](TEXT.encode())
    file = tmp_path / "tr.tsv"
    for size in {6, 12, 100, len(whole) // 2, len(whole) - 9, len(whole) - 1}:
        file.write_bytes(whole[:size])
        message = rf"'tr.tsv' is cut off or damaged \({kind}\): it can be read up to byte [\d,]+"
        with pytest.raises(InputError, match=message):
            read_delimited(file)


@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_byte_is_an_error_or_gives_the_same_text(tmp_path, kind):
    whole = COMPRESSED[kind][1](TEXT.encode())
    file = tmp_path / "flipped.tsv"
    rng = np.random.default_rng(3)
    refused = []
    for place in rng.integers(6, len(whole), 40):
        content = bytearray(whole)
        content[place] ^= 1 << int(rng.integers(8))
        file.write_bytes(content)
        try:
            same = read_content(file) == TEXT.encode()
        except InputError as error:
            refused.append(str(error))
        else:
            assert same or kind == "zstd"  # without a checksum, zstd cannot know
    assert all("'flipped.tsv' is cut off or damaged" in message for message in refused)
    assert len(refused) > 30 or kind == "zstd"


def test_the_place_of_the_damage_is_given_as_a_line(tmp_path):
    whole = gzip.compress(os.urandom(2**17).hex().encode() + b"\n" + TEXT.encode(), mtime=0)
    (tmp_path / "c.gz").write_bytes(whole[:-20])
    with pytest.raises(InputError, match=r"which is line \d[\d,]* of the text"):
        read_content(tmp_path / "c.gz")


def test_without_the_library_zstd_files_are_refused_with_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "c.zst").write_bytes(b"\x28\xb5\x2f\xfd" + bytes(20))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    monkeypatch.setitem(sys.modules, "compression", None)
    with pytest.raises(InputError, match=r"pip install zstandard"):
        read_content(tmp_path / "c.zst")


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_standard_input_is_a_file(monkeypatch, compress):
    given = io.BytesIO(compress(TEXT.encode()))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(given))
    assert pylimma.read_counts("-").shape == (4000, 2)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_a_pipe_is_a_file(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: (time.sleep(0.05), pipe.write_text(TEXT)))
    writer.start()
    assert pylimma.read_counts(pipe).shape == (4000, 2)
    writer.join()


@pytest.mark.parametrize("path", ["/dev/null", "."])
def test_what_is_neither_a_file_nor_a_pipe_is_refused(path):
    with pytest.raises(InputError, match="There is no file"):
        pylimma.read_counts(Path(path))
