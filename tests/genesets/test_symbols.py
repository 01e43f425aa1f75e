"""Aliases of genes."""

import gzip

import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import DataUnavailableError, InputError, InputWarning, Note, UnknownNameError

GENES = pd.DataFrame(
    {
        "GeneID": ["11", "22", "33", "44"],
        "Symbol": ["ABC1", "DEF2", "GHI3", "OLD1"],
        "Synonyms": ["X1|X2", "OLD1|Y2", "-", "X2|ABC1"],
        "description": ["first", "second", 'with "quotes # and', "fourth"],
    }
)


def test_symbols_come_first_and_every_gene_of_the_others():
    with pytest.warns(InputWarning, match=r"genes, the first is taken: 'X2' \(ABC1, OLD1\)"):
        found = pl.alias2symbol(["X2", "OLD1", "Y2", "none"], gene_info=GENES)
    assert found == ["OLD1", "ABC1", "DEF2"]
    assert pl.alias2symbol(["OLD1"], gene_info=GENES) == ["OLD1"]
    assert pl.alias2symbol(["OLD1"], expand_symbols=True, gene_info=GENES) == ["OLD1", "DEF2"]


def test_a_table_has_one_symbol_for_each_alias():
    with pytest.warns(InputWarning):
        found = pl.alias2symbol_table(["ABC1", "X2", None, "nothing", "Y2"], gene_info=GENES)
    assert found.tolist() == ["ABC1", "ABC1", None, None, "DEF2"]


def test_what_aliases_are_is_counted():
    with pytest.warns(InputWarning, match="1 current, 1 synonym, 1 ambiguous, 2 unknown"):
        found = pl.alias2symbol_using_ncbi(["ABC1", "Y2", "X2", "q", None], GENES)
    counts = {"current": 1, "synonym": 1, "ambiguous": 1, "unknown": 2}
    assert found.attrs["aliases"] == counts
    assert found["Symbol"].tolist()[:3] == ["ABC1", "DEF2", "ABC1"]
    with pytest.warns(Note, match=r"Of 2 aliases: .* 1 unknown. Unknown: 'q'"):
        pl.alias2symbol_using_ncbi(["ABC1", "q"], GENES)
    with pytest.warns(InputWarning, match="they stay as they are"):
        kept = pl.alias2symbol_using_ncbi(["ABC1", "X2"], GENES, ambiguous="keep")
    assert kept["Symbol"].tolist() == ["ABC1", "X2"]
    assert kept["GeneID"].isna().tolist() == [False, True]


def test_files_are_read_as_plain_text(tmp_path):
    path = tmp_path / "x.gene_info.gz"
    table = GENES.assign(**{"#tax_id": ["9606", "9606", "9606", "10090"]})
    lines = ["\t".join(table.columns), *("\t".join(row) for row in table.to_numpy())]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    found = pl.alias2symbol_using_ncbi(["GHI3"], path, species="Hs")
    assert found["description"].tolist() == ['with "quotes # and']
    with pytest.raises(InputError, match="has species '9606', '10090'"):
        pl.alias2symbol_using_ncbi(["GHI3"], path)
    with pytest.raises(InputError, match="no species '7227'"):
        pl.alias2symbol_table(["GHI3"], "Dm", gene_info=path)


def test_what_is_missing_is_named():
    with pytest.raises(DataUnavailableError, match=r"Homo_sapiens\.gene_info\.gz"):
        pl.alias2symbol(["A"])
    with pytest.raises(InputError, match="no column 'Synonyms'"):
        pl.alias2symbol(["A"], gene_info=GENES[["GeneID", "Symbol"]])
    with pytest.raises(UnknownNameError, match="no column 'map'"):
        pl.alias2symbol_using_ncbi(["ABC1"], GENES, ["map"])
