"""The published analysis of the Yoruba samples, call by call: its figures, to every digit."""

import generate_data
import numpy as np
import pytest

import pylimma
from pylimma.plotting import _mds_coordinates

pytestmark = pytest.mark.data

# Printed by the published analysis.
TOP_TEN = """
gene log_fc ave_expr t p_value adj_p_value b
ENSG00000229807 -9.754111 3.757487 -30.204314 1.273538e-42 2.274539e-38 64.596795
ENSG00000157828 3.331036 3.257210 27.465826 6.949407e-40 6.205821e-36 74.017347
ENSG00000099749 4.317234 0.263767 26.148507 1.739289e-38 1.035457e-34 62.613707
ENSG00000233864 4.953478 -0.604718 25.433224 1.056581e-37 4.717636e-34 60.339780
ENSG00000131002 5.505956 -0.221843 22.499691 2.705099e-34 9.662612e-31 56.082086
ENSG00000129824 2.828112 4.660897 19.558774 1.595046e-30 4.747922e-27 57.061885
ENSG00000213318 4.345767 2.214549 19.314856 3.413102e-30 8.708286e-27 53.976644
ENSG00000165246 5.386264 -0.542520 18.815555 1.653385e-29 3.691182e-26 48.414148
ENSG00000198692 2.476822 2.629761 18.179260 1.286432e-28 2.552852e-25 51.997921
ENSG00000243209 2.606131 -0.068742 14.467088 5.372496e-23 9.595278e-20 37.351348
"""


@pytest.fixture(scope="module")
def filtered():
    data = generate_data.load_yoruba()
    counts, group = data["counts"], data["targets"]["gender"]
    lib_size = counts.sum(axis=0)
    cutoff = 10.0 / (lib_size.median() / 1e6)
    keep = (counts.div(lib_size, axis=1) * 1e6 > cutoff).sum(axis=1) >= group.value_counts().min()
    return counts[keep], group


@pytest.fixture(scope="module")
def fit(filtered):
    counts, group = filtered
    design, contrast = generate_data.build_two_group_design(group)
    v = pylimma.voom(counts.to_numpy().astype(float), design)
    fit = pylimma.lm_fit(v["E"], design, weights=v["weights"])
    return pylimma.e_bayes(pylimma.contrasts_fit(fit, contrasts=contrast))


def test_the_prior_is_the_published_one(fit):
    assert f"{fit['s2_prior']:.4f}" == "0.8495"
    assert f"{fit['df_prior']:.2f}" == "4.98"


def test_the_rule_of_the_guide_keeps_the_published_number_of_genes(filtered):
    counts, group = filtered
    assert len(counts) == 17_860
    kept = pylimma.filter_by_cpm(generate_data.load_yoruba()["counts"], group=group)
    assert kept[kept].index.equals(counts.index)


def test_the_first_ten_genes_are_the_published_ones_to_every_digit(fit, filtered):
    table = pylimma.top_table(fit, coef=0, number=np.inf, sort_by="p")
    order = np.argsort(np.asarray(fit["p_value"]).ravel())
    table.index = filtered[0].index.astype(str)[order]
    assert (table["adj_p_value"] < 0.05).sum() == 52
    assert ["gene", *table.head(10).to_string().split()] == TOP_TEN.split()


def test_names_travel_from_counts_to_the_same_table(fit, filtered):
    counts, group = filtered
    design = pylimma.model_matrix("~ 0 + gender", {"gender": group})
    contrast = pylimma.make_contrasts("male - female", levels=design)
    named = pylimma.lm_fit(pylimma.voom(counts, design), design)
    named = pylimma.e_bayes(pylimma.contrasts_fit(named, contrast))
    table = pylimma.top_table(named, number=10, sort_by="p")
    assert ["gene", *table.to_string().split()] == TOP_TEN.split()


def test_decisions_match_the_adjusted_p_values(fit):
    calls = pylimma.decide_tests(fit, p_value=0.05).ravel()
    assert (calls != 0).sum() == 52
    assert (np.sign(fit["coefficients"][:, 0])[calls != 0] == calls[calls != 0]).all()


def test_average_expression_is_that_of_the_voom_values(fit, filtered):
    counts, group = filtered
    v = pylimma.voom(
        counts.to_numpy().astype(float), generate_data.build_two_group_design(group)[0]
    )
    np.testing.assert_allclose(fit.get("Amean"), v["E"].mean(axis=1), rtol=1e-12)


def test_coordinates_of_the_samples_come_with_their_shares(filtered):
    counts, _ = filtered
    log_cpm = np.log2(counts / counts.sum(axis=0) * 1e6 + 0.01).to_numpy()
    found = _mds_coordinates(log_cpm, top=500, gene_selection="pairwise", ndim=2)
    assert found["eigen_vectors"].shape == (69, 2)
    assert found["eigen_values"].shape == (2,)
    assert found["eigen_values"][0] > found["eigen_values"][1] > 0
    assert 0 < found["var_explained"][1] < found["var_explained"][0] < 1
