"""Collections of sets are told by their content and read whole."""

import bz2
import gzip
import lzma
import struct

import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import InputError, Note, UnknownNameError
from pylimma.genesets.sets import parse_sets

SETS = {"repair -> all": ["BRCA1", "TP53"], "growth, fast": ["EGF"]}
GMT = "repair -> all\tna\tBRCA1\tTP53\tBRCA1\ngrowth, fast\t\tEGF\n"
GMX = "repair -> all\tgrowth, fast\nna\thttps://x.org/a\nBRCA1\tEGF\nTP53\t\n"
LONG = "source\ttarget\nrepair -> all\tBRCA1\nrepair -> all\tTP53\ngrowth, fast\tEGF\n"
TEXTS = {
    "gmt": GMT,
    "gmt, CRLF and BOM": "\ufeff" + GMT.replace("\n", "\r\n"),
    "gmt, comments and empty lines": "# mine\n\n" + GMT + "\n",
    "gmt, URLs": GMT.replace("na", "http://a.b/c"),
    "gmt, padded": GMT.replace("EGF", "EGF\t\t"),
    "gmt, weights of one": GMT.replace("TP53", "TP53,1.0").replace("BRCA1", "BRCA1,1.0"),
    "gmx": GMX,
    "long": LONG,
    "long, headers of msigdbr": LONG.replace("source\ttarget", "gs_name\tgene_symbol"),
    "long, without header": LONG.split("\n", 1)[1],
    "long, gene first": "gene;set\nBRCA1;repair -> all\nTP53;repair -> all\nEGF;growth, fast\n",
}


def written(folder, content, name="mine.txt"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_content_decides_the_format(tmp_path, text):
    assert pl.read_gene_sets(written(tmp_path, text)) == SETS


def test_files_may_be_compressed(tmp_path):
    path = written(tmp_path, gzip.compress(GMT.encode()), "mine.gmt.gz")
    assert pl.read_gmt(path) == SETS
    assert pl.read_gmt(tmp_path / "mine.gmt") == SETS
    assert pl.read_gene_sets(path).collection == dict.fromkeys(SETS, "mine")


def test_the_extension_counts_when_in_doubt(tmp_path):
    text = "a\tb\nfirst\tsecond\ng1\tg2\n"
    assert pl.read_gene_sets(written(tmp_path, text, "x.gmx")) == {"a": ["g1"], "b": ["g2"]}
    assert list(pl.read_gene_sets(written(tmp_path, text, "x.gmt"))) == ["a", "first", "g1"]
    assert list(pl.read_gene_sets(written(tmp_path, text), format="gmx")) == ["a", "b"]


def test_descriptions_are_kept_and_are_no_genes(tmp_path):
    sets = pl.read_gmt(written(tmp_path, "a\tabout a\tg1\nb\t\tg2\n"))
    assert (sets.description, sets) == ({"a": "about a", "b": ""}, {"a": ["g1"], "b": ["g2"]})
    assert repr(sets) == "GeneSets: 2 sets, 'a', 'b', from 'mine'"


def test_a_table_without_header_may_have_weights(tmp_path):
    sets = pl.read_gene_sets(written(tmp_path, "s\tEGF\t2\ns\tMYC\t-1.5\n"))
    assert sets["s"].to_numpy().tolist() == [["EGF", 2.0], ["MYC", -1.5]]


def test_weights_and_other_columns_are_read_by_name(tmp_path):
    path = written(tmp_path, "gene,w,set\nEGF,2,s\nMYC,-1,s\n", "net.csv")
    table = pl.read_gene_sets(path, source="set", target="gene", weight="w")["s"]
    assert table.to_numpy().tolist() == [["EGF", 2.0], ["MYC", -1.0]]
    index = parse_sets({"s": table}, ["MYC", "EGF"], 2)
    assert index.weights.tolist() == [-1.0, 2.0]
    with pytest.raises(UnknownNameError, match=r"`weight` is 'v'; .*'w'"):
        pl.read_gene_sets(path, weight="v")


def test_sets_of_one_name_are_an_error_or_treated_as_asked(tmp_path):
    path = written(tmp_path, "a\t\tg1\tg2\nb\t\tg3\na\t\tg2\tg4\n", "x.gmt")
    with pytest.raises(InputError, match="different genes have the same name: 'a'"):
        pl.read_gmt(path)
    ways = {
        "union": {"a": ["g1", "g2", "g4"], "b": ["g3"]},
        "first": {"a": ["g1", "g2"], "b": ["g3"]},
        "number": {"a1": ["g1", "g2"], "a2": ["g2", "g4"], "b": ["g3"]},
    }
    for way, expected in ways.items():
        assert pl.read_gmt(path, duplicates=way) == expected


def test_identical_sets_are_merged_with_a_note(tmp_path):
    one, other = (written(tmp_path, "a\t\tg1\tg2\n", name) for name in ("x.gmt", "y.gmt"))
    with pytest.warns(Note, match="1 sets that repeat another"):
        sets = pl.read_gene_sets([one, other])
    assert (sets, sets.collection) == ({"a": ["g1", "g2"]}, {"a": "x"})


def test_files_are_read_where_sets_are_expected(tmp_path):
    path = written(tmp_path, GMT, "mine.gmt")
    for given in (path, str(path)):
        index = parse_sets(given, ["EGF", "BRCA1", "TP53"], 3)
        assert index.positions.tolist() == [1, 2, 0]
        assert index.collection == ["mine", "mine"]
    with pytest.raises(InputError, match=r"There is no file .*the folder holds 'mine.gmt'"):
        parse_sets(str(tmp_path / "other.gmt"), ["EGF"], 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "There are no sets"),
        ("only one field\nand another\n", "Line 1 of the table of sets has 1 fields"),
        ("source\ttarget\na\tg\nb\n", "Line 3 of the table of sets has 1 fields"),
        ("source\ttarget\tweight\na\tg\tx\n", "weights that are no numbers"),
        (b"PK\x03\x04", "spreadsheet or archive"),
        (b"X\n\0\0\0\2", "ends early"),
        (b"A\n2\n", "text or machine form"),
        ("!gaf-version: 2.2\n", "use `read_gaf`"),
        ("format-version: 1.2\n", "use `read_obo`"),
    ],
)
def test_what_is_not_a_collection_is_refused(tmp_path, content, message):
    with pytest.raises(InputError, match=message):
        pl.read_gene_sets(written(tmp_path, content))


# R's serialisation, written here by its description: a word for each item, XDR numbers.
def word(*values):
    return struct.pack(f">{len(values)}i", *values)


def char(text):
    if text is None:
        return word(9, -1)
    return word(9, len(text.encode())) + text.encode()


def strings(*texts, attributes=b""):
    flags = 16 | (0x200 if attributes else 0)
    return word(flags, len(texts)) + b"".join(map(char, texts)) + attributes


def pairs(**items):
    return b"".join(word(2 | 0x400, 1) + char(n) + v for n, v in items.items()) + word(254)


def named_list(**items):
    body = b"".join(items.values())
    return word(19 | 0x200, len(items)) + body + pairs(names=strings(*items))


def header(version):
    return b"X\n" + word(version, 0, 0) + (word(5) + b"UTF-8" if version == 3 else b"")


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_named_lists_of_r_are_read(tmp_path, version, compress):
    item = named_list(a=strings("BRCA1", "Dé", None), empty=strings())
    path = written(tmp_path, compress(header(version) + item), "Mm.H.rds")
    sets = pl.read_gene_sets(path)
    assert (sets, sets.collection["a"]) == ({"a": ["BRCA1", "Dé"], "empty": []}, "Mm.H")


def test_several_objects_of_r_are_several_collections(tmp_path):
    item = pairs(
        H=named_list(a=strings("g1")), note=strings("text"), C2=named_list(b=strings("g2"))
    )
    path = written(tmp_path, b"RDX3\n" + header(3) + item, "both.rdata")
    sets = pl.read_gene_sets(path)
    assert (sets, sets.collection) == ({"a": ["g1"], "b": ["g2"]}, {"a": "H", "b": "C2"})


def test_vectors_of_r_in_every_form(tmp_path):
    numbers = word(14, 2) + struct.pack(">2d", 7157.0, 2.0)
    levels = pairs(levels=strings("u", "v"))
    factor = word(13 | 0x200, 3, 2, 1, -(2**31)) + levels
    sequence = word(238) + pairs(x=char("compact_intseq")).replace(char("x"), char("x"))
    sequence += word(14, 3) + struct.pack(">3d", 3, 5, 1) + word(254)
    path = written(tmp_path, header(3) + named_list(n=numbers, f=factor, s=sequence), "n.rds")
    sets = pl.read_gene_sets(path)
    assert sets == {"n": ["7157", "2"], "f": ["v", "u"], "s": ["5", "6", "7"]}


def test_tables_of_r_are_long_tables(tmp_path):
    body = strings("a", "a", "b") + strings("g1", "g2", "g1")
    rows = pairs(names=strings("gs_name", "gene_symbol"), **{"class": strings("data.frame")})
    path = written(tmp_path, header(2) + word(19 | 0x200, 2) + body + rows, "t.rds")
    assert pl.read_gene_sets(path) == {"a": ["g1", "g2"], "b": ["g1"]}


def test_a_list_of_r_without_names_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"Sets of 'x.rds' have no names"):
        pl.read_gene_sets(written(tmp_path, header(2) + word(19, 1) + strings("g"), "x.rds"))


def test_a_table_in_memory_is_a_collection_too():
    table = pd.DataFrame({"source": ["a", "a"], "target": [11, 22], "weight": [0.5, np.float32(1)]})
    assert parse_sets(table, ["22", "11"], 2).weights.tolist() == [1.0, 0.5]
