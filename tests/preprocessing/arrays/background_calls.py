"""Valid arguments of the functions of background correction, and calls of them on data."""

import numpy as np

import pylimma as pl

RNG = np.random.default_rng(8)
LAYOUT = {"ngrid_r": 2, "ngrid_c": 1, "nspot_r": 4, "nspot_c": 8}
FOREGROUND, BACKGROUND = (
    (20 + RNG.exponential(scale, (64, 10))).astype(np.float32).astype(float) for scale in (500, 9)
)
HOLED = np.where(RNG.random(FOREGROUND.shape) < 0.1, np.nan, FOREGROUND)
CHANNELS = {"R": HOLED, "G": FOREGROUND[::-1].copy(), "Rb": BACKGROUND, "Gb": BACKGROUND}
RATIOS = pl.MAList(M=np.log2(HOLED / 200), A=np.log2(FOREGROUND))
PAR = [20.0, 2.0, 6.0]

BEADS = np.vstack([RNG.normal(90, 9, (16, 10)), FOREGROUND[16:] + 80])
BEADS = BEADS.astype(np.float32).astype(float)
STATUS = ["negative"] * 16 + ["regular"] * 48
KINDS = {"x": BEADS, "status": STATUS}

PIXELS = {
    **{f"{kind} SD": BACKGROUND + 9 for kind in ("F635", "B635", "F532", "B532")},
    **{f"{kind} Mean": BACKGROUND for kind in ("B635", "B532")},
    **{f"{kind} Pixels": np.full(BACKGROUND.shape, 64.0) for kind in "FB"},
}
SPOTS = {"RG": pl.RGList({**CHANNELS, "R": FOREGROUND}, other=PIXELS), "layout": LAYOUT}

CALLS_OF_BACKGROUND = {
    "kooperberg": SPOTS,
    "background_correct": {"RG": pl.RGList(CHANNELS)},
    "background_correct, normexp": {"RG": HOLED, "method": "normexp"},
    "background_correct_matrix": {"E": HOLED, "Eb": BACKGROUND, "method": "edwards"},
    "background_correct_matrix, movingmin": {
        "E": HOLED,
        "Eb": BACKGROUND,
        "method": "movingmin",
        "printer": LAYOUT,
    },
    "ma_rg": {"object": pl.RGList(CHANNELS), "bc_method": "half", "offset": 10},
    "rg_ma": {"object": RATIOS},
    "exprs_ma": {"MA": RATIOS},
    "ma3x3_matrix": {"x": HOLED},
    "ma3x3_spottedarray": {"x": HOLED, "printer": LAYOUT, "fun": "median"},
    "normexp_fit": {"x": HOLED[:, 0]},
    "normexp_fit, mle": {"x": HOLED[:, 0], "method": "mle"},
    "normexp_signal": {"par": PAR, "x": HOLED},
    "normexp_fit_control": KINDS,
    "normexp_fit_control, robust": KINDS | {"robust": True},
    "normexp_fit_detection_p": {"x": BEADS, "detection_p": pl.detection_p_values(BEADS, STATUS)},
    "nec": KINDS,
    "neqc": KINDS,
    "detection_p_values": KINDS,
    "propexpr": KINDS,
}
RAW = pl.RGList(R=FOREGROUND, G=FOREGROUND[::-1], Rb=BACKGROUND, Gb=BACKGROUND)
BACKGROUND_ARGUMENTS = {
    "kooperberg": SPOTS,
    "background_correct": {"RG": RAW},
    "background_correct_matrix": {"E": FOREGROUND},
    "ma_rg": {"object": RAW},
    "rg_ma": {"object": RATIOS},
    "exprs_ma": {"MA": RATIOS},
    "ma3x3_matrix": {"x": FOREGROUND},
    "ma3x3_spottedarray": {"x": FOREGROUND, "printer": LAYOUT},
    "normexp_fit": {"x": FOREGROUND[:, 0]},
    "normexp_signal": {"par": np.array(PAR), "x": FOREGROUND},
    "normexp_fit_control": KINDS,
    "normexp_fit_detection_p": CALLS_OF_BACKGROUND["normexp_fit_detection_p"],
    **dict.fromkeys(("nec", "neqc", "detection_p_values", "propexpr"), KINDS),
}
