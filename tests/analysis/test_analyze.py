import io
import math

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.analysis.analyze import Progress
from pylimma.errors import DesignError, InputError, InputWarning, Note, UnknownNameError


@pytest.fixture(scope="module")
def data():
    return pylimma.simulate_counts(n_genes=2000, n_samples=8, rng=1)


def by_hand(data, weigh=pylimma.voom, **moderation):
    design = pylimma.model_matrix("~ 0 + group", data.samples)
    y = pylimma.DGEList(data.counts)
    y = y[np.asarray(pylimma.filter_by_expr(y, design))]
    y = pylimma.norm_lib_sizes(pylimma.DGEList(y.frame()))
    fit = pylimma.lm_fit(weigh(y, design), design)
    fit = pylimma.contrasts_fit(fit, pylimma.make_contrasts("treated - control", levels=design))
    return pylimma.e_bayes(fit, **moderation)


@pytest.mark.parametrize(
    ("options", "weigh", "moderation"),
    [
        ({}, pylimma.voom, {}),
        ({"method": "quality_weights"}, pylimma.voom_with_quality_weights, {}),
        (
            {"method": "trend"},
            lambda y, _: pylimma.EList(E=pylimma.cpm(y, log=True, prior_count=3)),
            {"trend": True},
        ),
        ({"robust": True}, pylimma.voom, {"robust": True}),
    ],
)
def test_one_call_gives_what_the_steps_give(data, options, weigh, moderation):
    found = pylimma.analyze(
        data.counts, data.samples, "~ 0 + group", "treated - control", **options
    )
    expected = by_hand(data, weigh, **moderation)
    np.testing.assert_allclose(found.fit["t"], expected["t"], rtol=1e-10)
    np.testing.assert_allclose(found.fit["p_value"], expected["p_value"], rtol=1e-9)


def test_voom_lm_fit_is_the_fit_of_that_name(data):
    found = pylimma.analyze(data.counts, data.samples, "~ group", method="voom_lm_fit")
    y = pylimma.norm_lib_sizes(pylimma.DGEList(data.counts[found.kept]))
    fit = pylimma.e_bayes(pylimma.voom_lm_fit(y, pylimma.model_matrix("~ group", data.samples)))
    np.testing.assert_allclose(found.fit["t"][:, 0], fit["t"][:, 1], rtol=1e-10)


def test_samples_are_matched_by_name(data):
    shuffled = data.samples.iloc[::-1]
    one = pylimma.analyze(data.counts, data.samples, "~ group")
    other = pylimma.analyze(data.counts, shuffled, "~ group")
    pd.testing.assert_frame_equal(one.tables["grouptreated"], other.tables["grouptreated"])


def test_names_may_stand_in_a_column_of_the_table(data):
    table = data.samples.reset_index(names="sample")
    found = pylimma.analyze(data.counts, table, "~ group")
    assert list(found.tables) == ["grouptreated"]


def test_blocks_make_weights_and_correlation_twice(data):
    samples = data.samples.assign(person=["a", "b", "c", "d"] * 2)
    found = pylimma.analyze(data.counts, samples, "~ group", block="person")
    v = pylimma.voom(found.counts, found.design)
    first = pylimma.duplicate_correlation(v, found.design, block=samples["person"])
    v = pylimma.voom(
        found.counts,
        found.design,
        block=samples["person"],
        correlation=first.consensus_correlation,
    )
    again = pylimma.duplicate_correlation(v, found.design, block=samples["person"])
    assert found.correlation.consensus_correlation == pytest.approx(again.consensus_correlation)
    assert "correlation within them" in repr(found)


def test_a_known_correlation_is_used_as_it_is(data):
    samples = data.samples.assign(person=["a", "b", "c", "d"] * 2)
    found = pylimma.analyze(data.counts, samples, "~ group", block="person", correlation=0.3)
    assert found.fit["correlation"] == 0.3
    with pytest.raises(InputError, match="`correlation` goes with `block`"):
        pylimma.analyze(data.counts, samples, "~ group", correlation=0.3)


def test_a_handful_of_genes_is_analysed(data):
    found = pylimma.analyze(data.counts.iloc[:5], data.samples, "~ group", filter=False)
    assert found.mds.coordinates.shape[1] <= 5


def test_a_threshold_is_tested_or_cuts_off(data):
    tested = pylimma.analyze(data.counts, data.samples, "~ group", lfc=1.0)
    cut = pylimma.analyze(data.counts, data.samples, "~ group", lfc=1.0, treat=False)
    assert "b" not in tested.tables["grouptreated"]
    assert "b" in cut.tables["grouptreated"]
    assert tested.summary["up"].item() <= cut.summary["up"].item()


def test_log_expression_is_fitted_as_it_is(data):
    log = np.log2(data.counts[data.counts.min(axis=1) > 0] + 1)
    found = pylimma.analyze(log, data.samples, "~ group", method="ls")
    fit = pylimma.e_bayes(pylimma.lm_fit(log, pylimma.model_matrix("~ group", data.samples)))
    np.testing.assert_allclose(found.fit["t"][:, 0], fit["t"][:, 1])
    assert found.counts is None
    assert found.kept.all()


@pytest.mark.parametrize(
    ("limits", "keep"),
    [
        ({"count": 10, "samples": 3}, lambda y: (y >= 10).sum(axis=1) >= 3),
        ({"total": 100}, lambda y: y.sum(axis=1) >= 100),
        ({"cpm": 1, "samples": 2}, lambda y: (y / y.sum() * 1e6 >= 1).sum(axis=1) >= 2),
    ],
)
def test_a_filter_by_limits_keeps_genes_beyond_them(data, limits, keep):
    found = pylimma.analyze(data.counts, data.samples, "~ group", filter=limits)
    assert (found.kept == keep(data.counts).to_numpy()).all()


def test_the_summary_tells_samples_genes_design_prior_and_calls(data):
    text = repr(pylimma.analyze(data.counts, data.samples, "~ group"))
    for part in ("samples    8", "kept of 2,000", "~ group", "all 2 coefficients", "not called"):
        assert part in text


def test_every_level_is_compared_where_each_has_a_coefficient(data):
    samples = data.samples.assign(group=list("aabbccaa"))
    found = pylimma.analyze(data.counts, samples, "~ 0 + group")
    assert list(found.tables) == ["b-a", "c-a", "c-b"]


def test_nothing_that_was_passed_changes(data):
    counts, samples = data.counts.copy(), data.samples.copy()
    pylimma.analyze(data.counts, data.samples, "~ group")
    pd.testing.assert_frame_equal(counts, data.counts)
    pd.testing.assert_frame_equal(samples, data.samples)


def test_files_are_read(data, tmp_path):
    data.counts.to_csv(tmp_path / "c.tsv.gz", sep="\t", index_label="gene")
    data.samples.to_csv(tmp_path / "s.csv", index_label="sample")
    read = pylimma.analyze(tmp_path / "c.tsv.gz", tmp_path / "s.csv", "~ group")
    given = pylimma.analyze(data.counts, data.samples, "~ group")
    np.testing.assert_array_equal(read.fit["t"], given.fit["t"])


def test_samples_that_look_swapped_are_named(data):
    counts = data.counts.copy()
    names = list(counts.columns)
    names[3], names[4] = names[4], names[3]
    counts.columns = names
    with pytest.warns(InputWarning, match="'sample5', 'sample4' look like the condition"):
        found = pylimma.analyze(counts, data.samples, "~ group")
    assert len(found.warnings) == 1


def test_a_copied_a_tiny_and_a_scrambled_sample_are_named(data):
    counts = data.counts.copy()
    counts["sample2"] = counts["sample1"]
    counts["sample4"] //= 50
    counts["sample8"] = np.random.default_rng(1).permutation(counts["sample8"])
    with pytest.warns(InputWarning):
        found = pylimma.analyze(counts, data.samples, "~ group")
    text = " ".join(found.warnings)
    assert "'sample1', 'sample2' have identical values" in text
    assert "Outlying library sizes: sample4" in text
    assert "Outlying samples, by their median correlation with the others: sample8" in text


def test_log_values_in_place_of_counts_are_warned_of_once(data):
    with pytest.warns(InputWarning, match="look like log values"):
        found = pylimma.analyze(np.log2(data.counts + 1), data.samples, "~ group")
    assert sum("look like log values" in text for text in found.warnings) == 1


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda d: {"samples": d.samples.rename({"sample2": "x"})}, InputError, "names 'x', which"),
        (lambda d: {"samples": d.samples.iloc[1:]}, InputError, "have 'sample1', of which"),
        (lambda d: {"counts": d.counts.T}, InputError, "look transposed"),
        (lambda _: {"formula": "~ grp"}, DesignError, "no column 'grp'"),
        (lambda _: {"block": "person"}, UnknownNameError, "`block` is 'person'"),
        (lambda _: {"method": "deseq"}, InputError, "`method` must be one of"),
        (lambda _: {"normalization": "x"}, InputError, "`normalization` must be one of"),
        (lambda _: {"p_value": 2}, InputError, "`p_value` must lie between 0 and 1"),
        (lambda _: {"filter": {"cmp": 1}}, InputError, "no limit 'cmp'"),
        (lambda _: {"filter": {"total": 1e12}}, InputError, "leaves none"),
        (lambda _: {"contrasts": "treated - kontrol"}, DesignError, "kontrol"),
        (
            lambda d: {"samples": d.samples.assign(group=list("abcdefgh"))},
            DesignError,
            "0 residual degrees of freedom",
        ),
    ],
)
def test_what_cannot_be_analysed_is_refused_with_the_reason(data, change, error, message):
    given = {"counts": data.counts, "samples": data.samples, "formula": "~ group"} | change(data)
    with pytest.raises(error, match=message):
        pylimma.analyze(**given)


def test_a_model_of_usual_names_is_taken_or_asked_for(data):
    assert pylimma.analyze(data.counts, data.samples).formula == "~ 0 + group"
    with pytest.raises(DesignError, match="Say what is compared by a formula"):
        pylimma.analyze(data.counts, data.samples.rename(columns={"group": "arm"}))


@pytest.mark.data
def test_the_yoruba_sexes_differ_in_the_known_genes():
    data = pylimma.yoruba()
    with pytest.warns(InputWarning, match="NA18853"):
        found = pylimma.analyze(data.counts, data.samples, "~ gender")
    top = found.tables["gendermale"].index[:3]
    assert "ENSG00000229807" in top, "XIST"


@pytest.mark.data
def test_the_mammary_data_need_no_warning():
    data = pylimma.mammary()
    found = pylimma.analyze(
        data.counts, data.samples, "~ 0 + group", "basal.lactate - basal.virgin"
    )
    assert found.warnings == ()
    assert found.summary.loc["basal.lactate - basal.virgin", "up"] > 1000


def test_one_round_fits_the_first_weights_and_correlation(data):
    samples = data.samples.assign(person=["a", "b", "c", "d"] * 2)
    found = pylimma.analyze(data.counts, samples, "~ group", block="person", rounds=1)
    v = pylimma.voom(found.counts, found.design)
    once = pylimma.duplicate_correlation(v, found.design, block=samples["person"])
    assert found.correlation.consensus_correlation == once.consensus_correlation
    np.testing.assert_array_equal(found.expression["weights"], v["weights"])
    with pytest.raises(InputError, match="`rounds`"):
        pylimma.analyze(data.counts, samples, "~ group", block="person", rounds=3)


def test_library_sizes_of_estimated_counts_are_rounded_once(data):
    counts = data.counts + np.linspace(0.001, 0.999, len(data.counts))[:, None]
    found = pylimma.analyze(counts, data.samples, "~ group", filter=False)
    expected = [math.fsum(counts[name]) for name in counts]
    np.testing.assert_array_equal(found.counts.samples["lib_size"], expected)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_shows_the_step_and_is_left_clean():
    terminal = Terminal()
    with Progress(terminal).step("Fitting"):
        assert "Fitting …" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r")


def test_a_log_file_shows_nothing():
    log = io.StringIO()
    with Progress(log).step("Fitting"):
        pass
    assert log.getvalue() == ""


def test_older_numbers_are_those_of_the_older_contrasts(data):
    samples = data.samples.assign(batch=["x", "y"] * (len(data.samples) // 2))
    formula, contrast = "~ 0 + group + batch", "treated - control"
    older = pylimma.analyze(data.counts, samples, formula, contrast, compat="3.68")
    assert not older.warnings
    fit = pylimma.contrasts_fit(older.models, contrast, compat="3.68")
    np.testing.assert_array_equal(older.fit["t"], pylimma.e_bayes(fit)["t"])
    with pytest.warns(Note, match="exact"):
        exact = pylimma.analyze(data.counts, samples, formula, contrast)
    assert np.abs(exact.fit["t"] / older.fit["t"] - 1).max() > 1e-6
    with pytest.raises(InputError, match="`compat` must be None or"):
        pylimma.analyze(data.counts, samples, formula, contrast, compat="3.0")


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_a_sample_without_a_block_is_named(data, missing):
    subject = pd.Series(list("aabbccdd"), index=data.samples.index, dtype=object)
    subject.iloc[2] = missing
    name = data.samples.index[2]
    for block in (subject, "subject"):
        samples = data.samples.assign(subject=subject)
        with pytest.raises(InputError, match=f"`block` is missing for samples '{name}'"):
            pylimma.analyze(data.counts, samples, "~ group", block=block)
