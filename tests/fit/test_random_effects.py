"""`lm_fit` with random intercepts: formulas, names, moderation and everything that takes a fit."""

import warnings

import anndata
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import pylimma as pl
from pylimma.errors import DesignError, InputError, InputTypeError, Note, PylimmaError

pytestmark = pytest.mark.filterwarnings("ignore::pylimma.errors.Note")

RNG = np.random.default_rng(11)
GENES = [f"g{k}" for k in range(60)]
NAMES = [f"s{k}" for k in range(16)]
SAMPLES = pd.DataFrame(
    {
        "dx": np.repeat(list("abababab"), 2),
        "treat": list("uv") * 8,
        "donor": np.repeat([f"d{k}" for k in range(8)], 2),
        "plate": list("xxyyxxyyxxyyxxyy"),
    },
    index=NAMES,
)
Y = pd.DataFrame(
    RNG.normal(8, 1, (60, 16)) + np.repeat(RNG.normal(size=(60, 8)), 2, axis=1), GENES, NAMES
)
FORMULA = "~ dx + treat + (1 | donor)"
with warnings.catch_warnings():
    warnings.simplefilter("ignore", Note)
    FIT = pl.lm_fit(Y, FORMULA, samples=SAMPLES)


def test_a_fit_carries_components_by_name():
    assert isinstance(FIT, pl.MixedModelFit)
    assert list(FIT.frame("variance_components").columns) == ["donor", "Residual"]
    assert list(FIT.col_names) == ["(Intercept)", "dxb", "treatv"]
    assert_allclose(FIT.variance_fractions().sum(axis=1), 1)
    assert FIT.df_test.shape == FIT.shape


def test_samples_are_matched_by_name_and_levels_are_labels_whatever_their_type():
    shuffled = SAMPLES.iloc[::-1].assign(donor=lambda t: t.donor.str[1:].astype(int))
    fit = pl.lm_fit(Y, FORMULA, samples=shuffled)
    assert_allclose(fit.coefficients, FIT.coefficients, rtol=1e-12)
    assert_allclose(fit.df_test, FIT.df_test, rtol=1e-9)


@pytest.mark.parametrize(
    ("formula", "components"),
    [
        ("~ dx + (1 | donor/plate)", ["donor", "donor:plate", "Residual"]),
        ("~ (1 | plate) + dx + (1|donor)", ["plate", "donor", "Residual"]),
        ("~ 0 + dx + (1 | donor:treat)", ["donor:treat", "Residual"]),
        ("~ (1 || donor)", ["donor", "Residual"]),
        ("~ dx - 1 + (1 | donor)", ["donor", "Residual"]),
    ],
)
def test_formulas_are_read_as_lme4_reads_them(formula, components):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = pl.lm_fit(Y, formula, samples=SAMPLES)
    assert list(fit.frame("variance_components").columns) == components


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("~ dx + (treat | donor)", r"random slope.*\(1 \| donor:treat\)"),
        ("~ dx + (0 + treat | donor)", "random slope"),
        ("~ dx + (1 | patient)", "needs 'patient', which the samples lack.*'donor'"),
        ("~ dx + (1 | donor + plate)", "not a grouping factor"),
        ("~ dx + (1 | donor) + (1 | donor)", "twice"),
        ("~ dx + (1 | log(donor))", "not a grouping factor"),
        ("~ dx * (1 | donor)", "random effect"),
        ("~ 0 + (1 | donor)", "gives no column"),
    ],
)
def test_other_random_terms_are_refused_with_the_way_out(formula, message):
    with pytest.raises(DesignError, match=message):
        pl.lm_fit(Y, formula, samples=SAMPLES)


def test_a_factor_that_is_missing_or_constant_is_an_error_that_names_samples():
    with pytest.raises(DesignError, match="'donor' is missing in the samples 's3'"):
        pl.lm_fit(
            Y, FORMULA, samples=SAMPLES.assign(donor=SAMPLES.donor.where(SAMPLES.index != "s3"))
        )
    with pytest.raises(DesignError, match="'donor' has a single level"):
        pl.lm_fit(Y, FORMULA, samples=SAMPLES.assign(donor="d"))


@pytest.mark.parametrize(
    "options",
    [
        {"block": "donor"},
        {"correlation": 0.5},
        {"ndups": 2},
        {"method": "robust"},
    ],
)
def test_what_random_effects_replace_is_refused_beside_them(options):
    with pytest.raises(InputError, match="beside which"):
        pl.lm_fit(Y, FORMULA, samples=SAMPLES, **options)


def test_degrees_of_freedom_are_one_of_two():
    with pytest.raises(InputError, match="Kenward-Roger"):
        pl.lm_fit(Y, FORMULA, samples=SAMPLES, ddf="KR")


@pytest.mark.parametrize(
    "function",
    [
        lambda: pl.duplicate_correlation(Y, FORMULA, block=SAMPLES.donor, samples=SAMPLES),
        lambda: pl.array_weights(Y, FORMULA, samples=SAMPLES),
        lambda: pl.model_matrix(FORMULA, SAMPLES),
        lambda: pl.voom_lm_fit(np.exp2(Y).round(), FORMULA, samples=SAMPLES),
        lambda: pl.genas(pl.e_bayes(FIT), coef=(1, 2)),
        lambda: pl.pred_fcm(pl.e_bayes(FIT)),
        lambda: pl.camera(
            pl.lm_fit(Y, FORMULA, samples=SAMPLES, keep="EList"), {"a": GENES[:9]}, contrast=1
        ),
        lambda: pl.decide_tests(pl.e_bayes(FIT), method="nestedF"),
        lambda: pl.classify_tests_f(pl.e_bayes(FIT)),
    ],
)
def test_what_takes_no_random_effects_says_so(function):
    with pytest.raises(PylimmaError, match="random effect"):
        function()


def test_zero_components_are_counted_once():
    with pytest.warns(Note, match=r"'donor' is estimated as zero for \d+ of 60 genes") as caught:
        pl.lm_fit(RNG.normal(size=(60, 16)), FORMULA, samples=SAMPLES)
    assert len(caught) == 1


def test_genes_that_cannot_tell_a_component_are_fitted_without_it_and_counted():
    y = Y.copy()
    y.iloc[0, 1::2] = np.nan  # one sample of each donor is left
    with pytest.warns(Note, match="1 of 60 genes cannot tell the variance of 'donor'"):
        fit = pl.lm_fit(y, "~ dx + (1 | donor)", samples=SAMPLES)
    plain = pl.lm_fit(y, "~ dx", samples=SAMPLES)
    assert not fit.identified[0]
    assert fit.identified[1:].all()
    assert np.isnan(fit.frame("variance_components").loc["g0", "donor"])
    for name in ("coefficients", "stdev_unscaled", "sigma", "df_residual"):
        assert_allclose(fit[name][0], plain[name][0], rtol=1e-10)


def test_contrasts_are_those_of_a_design_that_has_them_as_coefficients():
    weights = RNG.uniform(0.5, 2, Y.shape)
    y = Y.mask(RNG.random(Y.shape) < 0.1)
    means = pl.lm_fit(y, "~ 0 + dx + treat + (1 | donor)", samples=SAMPLES, weights=weights)
    direct = pl.lm_fit(y, FORMULA, samples=SAMPLES, weights=weights)
    contrast = pl.contrasts_fit(means, "dxb - dxa")
    for name in ("coefficients", "stdev_unscaled", "df_test"):
        assert_allclose(contrast[name][:, 0], direct[name][:, 1], rtol=1e-6)
    ours = pl.e_bayes(contrast)
    theirs = pl.e_bayes(direct)
    assert_allclose(ours.t[:, 0], theirs.t[:, 1], rtol=1e-6)
    assert_allclose(ours.p_value[:, 0], theirs.p_value[:, 1], rtol=1e-6)
    given = pl.lm_fit(
        y, "~ 0 + dx + treat + (1 | donor)", samples=SAMPLES, weights=weights, contrasts="dxb - dxa"
    )
    assert_allclose(given.df_test, contrast.df_test)


def test_kenward_roger_widens_the_errors_of_few_donors():
    other = pl.lm_fit(Y, FORMULA, samples=SAMPLES, ddf="Kenward-Roger")
    assert (other.stdev_unscaled >= FIT.stdev_unscaled * (1 - 1e-9)).all()
    fit = pl.e_bayes(other)
    assert np.isfinite(fit.p_value).all()


def test_tables_have_degrees_of_freedom_and_intervals_of_each_gene():
    fit = pl.e_bayes(FIT)
    table = pl.top_table(fit, coef="dxb", number=None, confint=True, sort_by="none")
    assert_allclose(table["df"], fit.df_total[:, 1])
    assert_allclose(table["t"], fit.coefficients[:, 1] / fit["std_error"][:, 1])
    half = (table["ci_r"] - table["ci_l"]) / 2
    assert (half > 1.9 * fit["std_error"][:, 1]).all()
    joint = pl.top_table(fit, number=None, sort_by="none")
    assert {"F", "p_value"} <= set(joint.columns)
    assert_allclose(fit.subset(columns=[1])["F"], fit.t[:, 1] ** 2, rtol=1e-9)
    assert_allclose(fit.subset(columns=[1])["F_p_value"], fit.p_value[:, 1], rtol=1e-9)


def test_treat_tests_against_a_threshold_by_the_same_errors():
    fit = pl.treat(FIT, lfc=0.0)
    assert_allclose(fit.t, pl.e_bayes(FIT).t, rtol=1e-12)
    assert_allclose(fit.p_value, pl.e_bayes(FIT).p_value, rtol=1e-9)
    beyond = pl.treat(FIT, lfc=0.3)
    assert (beyond.p_value >= fit.p_value - 1e-12).all()
    assert len(pl.top_treat(beyond, number=5)) == 5


def test_a_reduced_model_is_tested_by_its_contrasts():
    fit = pl.e_bayes(FIT)
    table = pl.nested_f_test(fit, "~ treat", number=None, sort_by="none")
    assert_allclose(table["p_value"], fit.p_value[:, 1], rtol=1e-8)


@pytest.mark.parametrize("compat", [None, "dream"])
def test_the_unit_of_expression_does_not_matter(compat):
    tiny = pl.lm_fit(Y * 1e-120, FORMULA, samples=SAMPLES)
    assert_allclose(
        pl.e_bayes(tiny, compat=compat).p_value, pl.e_bayes(FIT, compat=compat).p_value, rtol=1e-6
    )


def test_moderation_of_dream_scales_the_whole_variance():
    fit = pl.e_bayes(FIT, compat="dream")
    assert_allclose(fit["std_error"], fit.stdev_unscaled * np.sqrt(fit["s2_post"])[:, None])
    assert_allclose(fit["df_total"], fit.df_test + fit["df_prior"])
    with pytest.raises(InputError, match="compat"):
        pl.e_bayes(pl.lm_fit(Y, "~ dx", samples=SAMPLES), compat="dream")


def test_fits_are_saved_subset_and_stored_with_their_kind(tmp_path):
    fit = pl.e_bayes(FIT)
    part = fit[["g3", "g1"], "treatv"]
    assert isinstance(part, pl.MixedModelFit)
    assert_allclose(part.df_total[:, 0], fit.df_total[[3, 1], 2])
    adata = anndata.AnnData(Y.T.to_numpy(), obs=SAMPLES, var=pd.DataFrame(index=GENES))
    stored = pl.lm_fit(adata, FORMULA, key_added="mixed")
    again = pl.fit_from_anndata(adata, key="mixed")
    assert isinstance(again, pl.MixedModelFit)
    assert_allclose(pl.e_bayes(again).p_value, pl.e_bayes(stored).p_value)


def test_a_vector_of_weights_of_square_data_is_of_samples():
    square = Y.iloc[:16]
    weights = RNG.uniform(0.5, 2, 16)
    with pytest.warns(Note, match="taken for weights of samples"):
        fit = pl.lm_fit(square, FORMULA, samples=SAMPLES, weights=weights)
    named = pl.lm_fit(square, FORMULA, samples=SAMPLES, weights=weights[None, :])
    assert_allclose(fit.coefficients, named.coefficients)


def test_voom_takes_the_fixed_part_and_analyze_the_whole(tmp_path):
    counts = np.exp2(Y).round()
    with pytest.warns(Note, match="trend is that of the fixed effects"):
        weighted = pl.voom(counts, FORMULA, samples=SAMPLES)
    plain = pl.voom(counts, "~ dx + treat", samples=SAMPLES)
    assert_allclose(weighted.weights, plain.weights)
    for method in ("voom", "trend", "quality_weights"):
        analysis = pl.analyze(counts, SAMPLES, FORMULA, method=method, filter=False)
        assert isinstance(analysis.fit, pl.MixedModelFit)
    analysis = pl.analyze(Y, SAMPLES, FORMULA, method="ls")
    assert_allclose(analysis.fit.p_value, pl.e_bayes(FIT).p_value[:, 1:], rtol=1e-9)
    page = analysis.report(tmp_path / "page.html")
    text = page.read_text()
    assert "restricted maximum likelihood" in text
    assert "(1 | donor)" in text
    analysis.save(tmp_path / "saved.pylimma")
    again = pl.Analysis.load(tmp_path / "saved.pylimma")
    assert isinstance(again.fit, pl.MixedModelFit)


def test_variance_fractions_are_drawn_for_such_fits_alone():
    ax = pl.plot_variance_fractions(FIT, main="Donors")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["donor", "Residual"]
    with pytest.raises(InputTypeError, match="random effects"):
        pl.plot_variance_fractions(pl.lm_fit(Y, "~ dx", samples=SAMPLES))
