"""Valid values of the arguments that functions of gene sets need, or what makes them."""

import numpy as np
import pandas as pd

GENES = [f"g{k}" for k in range(30)]
GENE_INFO = pd.DataFrame({"GeneID": ["1"], "Symbol": ["A"], "Synonyms": ["B|C"]})
ENRICHED = pd.DataFrame(
    {"term": ["t"], "pathway": ["t"], "ont": ["BP"], "n": [3], "up": [1], "p_up": [0.5]}
)


def written(folder):
    """A folder with a file of each kind."""
    (folder / "sets.gmt").write_text("a\tna\tg1\tg2\n")
    (folder / "gene2go").write_text(
        "#tax_id\tGeneID\tGO_ID\tEvidence\tQualifier\tGO_term\tPubMed\tCategory\n"
        "9606\t1\tGO:1\tIDA\tpart_of\tx\t-\tProcess\n"
    )
    (folder / "go.obo").write_text("[Term]\nid: GO:1\n")
    (folder / "links.txt").write_text("hsa:1\tpath:hsa00010\n")
    return folder


GENE_SETS = {
    "read_gene_sets": lambda folder: {"path": written(folder) / "sets.gmt"},
    "read_gmt": lambda folder: {"path": written(folder) / "sets.gmt"},
    "read_gaf": lambda folder: {"path": written(folder) / "gene2go"},
    "read_obo": lambda folder: {"path": written(folder) / "go.obo"},
    "Ontology": {
        "terms": pd.DataFrame({"name": ["t"], "ontology": ["BP"], "obsolete": [False]}, ["GO:1"]),
        "parents": {},
        "alternatives": {},
        "replacements": {},
    },
    "get_gene_kegg_links": lambda folder: {"path": written(folder) / "links.txt"},
    "get_kegg_pathway_names": lambda folder: {"path": written(folder) / "links.txt"},
    "goana": {"de": GENES[:5], "gene_pathway": {"s": GENES[:9]}},
    "kegga": {"de": GENES[:5], "gene_pathway": {"s": GENES[:9]}},
    "goana_trend": {"index_de": [0, 3], "covariate": np.arange(30.0)},
    "top_go": {"results": ENRICHED},
    "top_kegg": {"results": ENRICHED},
    "alias2symbol": {"alias": ["A", "q"], "gene_info": GENE_INFO},
    "alias2symbol_table": {"alias": ["A", "q"], "gene_info": GENE_INFO},
    "alias2symbol_using_ncbi": {
        "alias": ["A", "q"],
        "gene_info_file": GENE_INFO.assign(description="x"),
    },
    "ids2indices": {"gene_sets": {"a": ["g1", "g2"]}, "identifiers": GENES},
}
