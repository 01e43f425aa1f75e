"""Bead arrays: background from control probes or detection p-values, and expressed probes."""

import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import InputError, InputTypeError, Note, ShapeError, UnknownNameError

RNG = np.random.default_rng(9)
N_NEGATIVE, N_REGULAR = 40, 160
PROBES = [f"p{k}" for k in range(N_NEGATIVE + N_REGULAR)]
SHUFFLED = RNG.permutation(PROBES)
STATUS = pd.Series(["NEGATIVE"] * N_NEGATIVE + ["regular"] * N_REGULAR, PROBES)[SHUFFLED]
X = pd.DataFrame(RNG.normal(100, 12, (len(PROBES), 3)), PROBES, list("abc"))
X.iloc[N_NEGATIVE:] += np.where(
    RNG.random((N_REGULAR, 1)) < 0.5, RNG.exponential(600, (N_REGULAR, 3)), 0
)
X = X.loc[SHUFFLED]
NEGATIVE = X[STATUS == "NEGATIVE"]
RAW = pl.EListRaw(E=X, genes=pd.DataFrame({"Status": STATUS, "Symbol": SHUFFLED}))


def test_parameters_are_moments_of_the_controls():
    fit = pl.normexp_fit_control(X, STATUS)
    np.testing.assert_allclose(fit["mu"], NEGATIVE.mean(), rtol=1e-13)
    np.testing.assert_allclose(np.exp(fit["logsigma"]), NEGATIVE.std(), rtol=1e-13)
    signal = X[STATUS == "regular"].mean() - NEGATIVE.mean()
    np.testing.assert_allclose(np.exp(fit["logalpha"]), signal, rtol=1e-13)
    assert fit.index.tolist() == list("abc")


def test_robust_parameters_hardly_see_an_outlier():
    outlying = X.copy()
    outlying.loc["p3", "b"] = 5000
    ordinary = pl.normexp_fit_control(X, STATUS, robust=True).loc["b"]
    robust = pl.normexp_fit_control(outlying, STATUS, robust=True).loc["b"]
    np.testing.assert_allclose(robust, ordinary, rtol=0.05)
    assert pl.normexp_fit_control(outlying, STATUS).loc["b", "mu"] > 200


def test_the_robust_location_solves_hubers_equation():
    logs = np.log(NEGATIVE["a"])
    fit = pl.normexp_fit_control(X, STATUS, robust=True).loc["a"]
    scale = 1.4826 * (logs - logs.median()).abs().median()
    omega = np.exp(scale**2)
    location = np.log(fit["mu"]) - scale**2 / 2
    np.testing.assert_allclose(
        np.exp(fit["logsigma"]), np.exp(location) * np.sqrt(omega * (omega - 1)), rtol=1e-12
    )
    score = (logs - location).clip(-1.5 * scale, 1.5 * scale).mean()
    assert abs(score) < 1e-6 * scale


def test_detection_p_values_find_about_the_moments_of_the_controls():
    p = pl.detection_p_values(X, STATUS)
    fit = pl.normexp_fit_detection_p(X, p)
    np.testing.assert_allclose(fit["mu"], NEGATIVE.mean(), rtol=0.03)
    np.testing.assert_allclose(np.exp(fit["logsigma"]), NEGATIVE.std(), rtol=0.3)
    pd.testing.assert_frame_equal(pl.normexp_fit_detection_p(X, 1 - p), fit)


def test_detection_p_values_are_matched_by_name():
    p = pl.detection_p_values(X, STATUS)
    pd.testing.assert_frame_equal(
        pl.normexp_fit_detection_p(X, p.iloc[::-1, ::-1]), pl.normexp_fit_detection_p(X, p)
    )


def test_corrected_intensities_are_expected_signals_plus_the_offset():
    corrected = pl.nec(X, STATUS, offset=20)
    fit = pl.normexp_fit_control(X, STATUS)
    for name in X:
        np.testing.assert_array_equal(
            corrected[name], pl.normexp_signal(fit.loc[name], X[name]) + 20
        )
    stored = pl.nec(RAW.replace(Eb=np.full(X.shape, 5.0)), offset=20)
    np.testing.assert_allclose(stored.E, corrected, rtol=1e-12)
    assert "Eb" not in stored


def test_neqc_normalises_all_probes_and_keeps_the_regular_ones():
    result = pl.neqc(RAW)
    whole = np.log2(pl.normalize_quantiles(pl.nec(X, STATUS)))
    np.testing.assert_array_equal(result.E, whole[(STATUS == "regular").to_numpy()])
    assert type(result) is pl.EList
    assert result.genes.columns.tolist() == ["Symbol"]
    assert result.genes["Symbol"].tolist() == result.row_names.tolist()
    pd.testing.assert_frame_equal(pl.neqc(X, STATUS), result.frame())


def test_status_is_matched_by_name():
    pd.testing.assert_frame_equal(pl.neqc(X, STATUS.sort_index()), pl.neqc(X, STATUS))


def test_without_controls_stored_detection_p_values_are_used():
    raw = pl.EListRaw(E=X, other={"Detection": pl.detection_p_values(X, STATUS)})
    with pytest.warns(Note, match="detection p-values tell the background"):
        result = pl.neqc(raw, detection_p="detection")
    assert result.shape == X.shape


def test_negative_intensities_are_refused_with_what_to_do():
    with pytest.raises(InputError, match=r"background seems to be subtracted .* Export the int"):
        pl.neqc(X - 100, STATUS)


def test_missing_intensities_stay_missing():
    missing = X.copy()
    missing.loc[["p2", "p77"], "a"] = np.nan
    result = pl.nec(missing, STATUS)
    assert result.index[result["a"].isna()].sort_values().tolist() == ["p2", "p77"]
    assert not result[["b", "c"]].isna().any(axis=None)


def test_a_detection_p_value_counts_controls():
    p = pl.detection_p_values(X.round(-1), STATUS)
    rounded = X["c"].round(-1)
    controls = rounded[STATUS == "NEGATIVE"]
    for name in SHUFFLED:
        if STATUS[name] == "regular":
            above = (controls > rounded[name]).mean() + (controls == rounded[name]).mean() / 2
        else:
            before = controls[: list(controls.index).index(name) + 1]
            above = ((controls > rounded[name]).sum() + (before == rounded[name]).sum()) / len(
                controls
            )
        assert p.loc[name, "c"] == pytest.approx(above, abs=1e-12)


def test_equal_shares_of_controls_are_the_same_number():
    p = pl.detection_p_values(X.round(-1), STATUS).to_numpy()
    assert len(np.unique(p)) == len(np.unique(p.round(9)))


def test_missing_intensities_are_the_least_detected():
    missing = X.copy()
    missing.loc["p199", "a"] = np.nan
    assert pl.detection_p_values(missing, STATUS).loc["p199", "a"] == 1


def test_the_share_of_expressed_probes_is_found():
    rng = np.random.default_rng(1)
    x = rng.normal(100, 10, (20000, 2))
    x[:8000] += rng.exponential(1000, (8000, 2))
    controls = rng.normal(100, 10, (4000, 2))
    shares = pl.propexpr(pd.DataFrame(x, columns=["u", "v"]), controls)
    np.testing.assert_allclose(shares, 0.4, atol=0.02)
    status = ["negative ctrl"] * 4000 + ["probe"] * 20000
    joined = pl.propexpr(np.vstack([controls, x]), status=status, labels="Negative")
    np.testing.assert_allclose(joined, shares, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pl.normexp_fit_control(X), InputError, "give `status`, or an EListRaw"),
        (lambda: pl.normexp_fit_control(X, STATUS, "blank"), InputError, "'blank' of `negctrl`"),
        (lambda: pl.nec(X, STATUS, regular="gene"), InputError, "there are 'regular', 'NEGATIVE'"),
        (
            lambda: pl.normexp_fit_control(X.iloc[:3], ["negative", "regular", "regular"]),
            InputError,
            "at least two are needed",
        ),
        (lambda: pl.neqc(pl.EList(E=np.log2(X)), STATUS), InputTypeError, "raw intensities"),
        (lambda: pl.nec(X), UnknownNameError, "read the control probes too"),
        (lambda: pl.nec(X, STATUS[:9]), UnknownNameError, "missing"),
        (lambda: pl.normexp_fit_detection_p(X, np.ones((2, 2))), ShapeError, "detection_p"),
        (lambda: pl.normexp_fit_detection_p(X, X), InputError, "between 0 and 1"),
        (lambda: pl.normexp_fit_detection_p(X, X * 0), InputError, "three different values"),
        (lambda: pl.normexp_fit_control(X * 0 + 9, STATUS, robust=True), InputError, "robust=Fal"),
        (lambda: pl.neqc(X, STATUS, tie=False), InputError, "no argument 'tie'"),
        (lambda: pl.detection_p_values(X, STATUS, "blank"), InputError, "No probe has the status"),
        (lambda: pl.propexpr(X, X[["a"]]), ShapeError, "1 arrays; the data have 3"),
        (lambda: pl.propexpr(X, status=STATUS, labels=()), InputError, "one or two texts"),
        (lambda: pl.propexpr(X, status=STATUS, labels=""), InputError, "none is regular"),
    ],
)
def test_what_has_no_controls_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
