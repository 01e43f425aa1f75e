"""Expected signals of GenePix spots."""

import numpy as np
import pytest

import pylimma as pl
from pylimma.errors import InputError, InputTypeError, ShapeError
from pylimma.preprocessing.arrays.kooperberg import expected_signals, local_deviations

RNG = np.random.default_rng(4)
LAYOUT = pl.PrintLayout(ngrid_r=1, ngrid_c=2, nspot_r=3, nspot_c=4)
SHAPE = (24, 2)
OTHER = {
    **{f"F{w} SD": RNG.uniform(20, 90, SHAPE) for w in (635, 532)},
    **{f"B{w} SD": RNG.uniform(5, 30, SHAPE) for w in (635, 532)},
    **{f"B{w} Mean": RNG.normal(90, 9, SHAPE) for w in (635, 532)},
    "F Pixels": np.full(SHAPE, 60.0),
    "B Pixels": np.full(SHAPE, 200.0),
}
RAW = pl.RGList(
    R=RNG.uniform(60, 900, SHAPE),
    G=RNG.uniform(80, 600, SHAPE),
    Rb=np.full(SHAPE, 85.0),
    Gb=np.full(SHAPE, 80.0),
    other=OTHER,
    printer=LAYOUT,
)


@pytest.mark.parametrize(
    ("front", "behind", "sd_f", "sd_b"),
    [(400.0, 90.0, 8.0, 2.0), (95.0, 90.0, 9.0, 3.0), (80.0, 90.0, 9.0, 5.0)],
)
def test_signals_are_posterior_means_over_signal_and_background(front, behind, sd_f, sd_b):
    signal = np.linspace(0, max(front - behind, 0) + 9 * (sd_f + sd_b), 4001)[:, None]
    background = np.linspace(behind - 6 * sd_b, behind + 6 * sd_b, 801)
    weight = np.exp(
        -(((front - signal - background) / sd_f) ** 2) / 2 - ((behind - background) / sd_b) ** 2 / 2
    )
    weight[0] /= 2  # the trapezium's ends
    expected = (signal * weight).sum() / weight.sum()
    result = expected_signals(*(np.array([v]) for v in (front, behind, sd_f, sd_b)))
    assert result[0] == pytest.approx(expected, rel=1e-3)


def test_local_deviations_are_of_a_spot_and_its_neighbours():
    x = RNG.normal(size=24)
    result = local_deviations(x, LAYOUT).reshape(2, 4, 3)
    for number, grid in enumerate(x.reshape(2, 4, 3)):
        for i, j in np.ndindex(grid.shape):
            if i in (0, 3) and j in (0, 2):
                rows, columns = sorted({i, 1 if i == 0 else 2}), sorted({j, 1})
                values = grid[np.ix_(rows, columns)].ravel()
            else:
                places = [(i, j), (i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)]
                values = [grid[a, b] for a, b in places if 0 <= a < 4 and 0 <= b < 3]
            assert result[number, i, j] == pytest.approx(np.std(values, ddof=1), rel=1e-12)


def test_channels_are_corrected_and_lose_their_background():
    result = pl.kooperberg(RAW, a=False)
    assert "Rb" not in result
    assert result.printer == LAYOUT
    sd_f, sd_b = OTHER["F532 SD"] / np.sqrt(60), OTHER["B532 SD"] / np.sqrt(200)
    expected = expected_signals(RAW.G[:, 1], RAW.Gb[:, 1], sd_f[:, 1], sd_b[:, 1])
    np.testing.assert_array_equal(result.G[:, 1], expected)
    assert (result.R > 0).all()


def test_standard_deviations_are_scaled_to_those_between_spots():
    one = pl.kooperberg(RAW)
    doubled = {k: v * 2 if k.endswith("SD") else v for k, v in OTHER.items()}
    c = OTHER["B532 SD"][:, 0] / np.sqrt(200)
    local = local_deviations(OTHER["B532 Mean"][:, 0], LAYOUT)
    scale = np.polyfit(
        np.append(c, -c), np.append(local, -local), 1, w=np.tile((c + 1) ** -0.5, 2)
    )[0]
    sd_f, sd_b = OTHER["F532 SD"][:, 0] / np.sqrt(60) * scale, c * scale
    np.testing.assert_allclose(
        one.G[:, 0], expected_signals(RAW.G[:, 0], RAW.Gb[:, 0], sd_f, sd_b), rtol=1e-9
    )
    assert not np.allclose(pl.kooperberg(RAW.replace(other=doubled), a=False).G, one.G)


def test_spots_without_foreground_or_variation_keep_their_foreground():
    other = {k: v.copy() for k, v in OTHER.items()}
    other["B635 SD"][0, 0] = 0
    other["F635 SD"][2, 0] = np.nan
    raw = RAW.replace(other=other)
    raw.R[1, 0] = -3
    raw.R[3, 0] = 80000
    raw.R[4, 0] = np.nan
    result = pl.kooperberg(raw, a=False).R[:, 0]
    assert result[:2].tolist() == [raw.R[0, 0], -3]
    assert np.flatnonzero(np.isnan(result)).tolist() == [2, 3, 4]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pl.kooperberg(pl.EListRaw(E=RAW.R)), InputTypeError, "must be an RGList"),
        (lambda: pl.kooperberg(RAW.replace(other=None)), InputError, "lacks 'F635 SD', .*'B Pix"),
        (lambda: pl.kooperberg(RAW.replace(printer=None)), InputTypeError, "`layout`"),
        (lambda: pl.kooperberg(RAW, layout={**LAYOUT, "nspot_r": 9}), ShapeError, "24 rows"),
    ],
)
def test_what_lacks_columns_or_layout_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
