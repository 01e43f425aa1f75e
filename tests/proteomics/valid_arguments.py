"""Valid values of the arguments that functions of proteomics need."""

import numpy as np

import pylimma as pl

DATA = pl.sim_protein_data_set(n_peptides=40, rng=1)
Y = DATA.E.astype(np.float32).astype(float)
CURVE = (-4.0, 0.7)
IDS = DATA.genes["Protein"].to_numpy()
LEVELS = pl.dpc_quant(DATA, "Protein", dpc=CURVE)
FULL = np.random.default_rng(1).normal(8, 1, (30, 8)).astype(np.float32).astype(float)

PROTEOMICS = {
    "impute_by_exp_tilt": {"y": Y},
    "exp_tilt_by_rows": {"y": Y},
    "exp_tilt_by_columns": {"y": Y},
    "dpc": {"y": Y},
    "dpc_on": {"y": Y},
    "dpc_cn": {"y": Y},
    "estimate_dpc_intercept": {"y": Y},
    "observed_moments_cn": {"mean_comp": [5.0], "sd_comp": [1.0], "dpc": CURVE},
    "complete_moments_on": {"mean_obs": [5.0], "sd_obs": [1.0], "dpc": CURVE},
    "dpc_quant_hyperparam": {"y": Y, "protein_id": IDS},
    "dpc_impute_hyperparam": {"y": Y},
    "protein_res_var_from_complete_peptide_data": {"y": FULL, "protein_id": np.arange(30) // 3},
    "dpc_quant": {"y": Y, "protein_id": IDS, "dpc": CURVE},
    "dpc_quant_by_row": {"y": Y, "dpc": CURVE},
    "dpc_de": {"y": LEVELS},
    "filter_by_detection": {"y": LEVELS},
    "sim_protein_data_set": {},
    "dztbinom": {"x": [1, 2], "size": 4, "prob": 0.4},
    "pztbinom": {"q": [1, 2], "size": 4, "prob": 0.4},
    "fit_zt_logit": {"n_successes": [1, 2, 3], "n_trials": 4},
    "vooma_lm_fit_with_imputation": {"y": FULL},
    "plot_dpc": {"curve": pl.dpc_on(DATA)},
}
WITH_OBJECTS = {"dpc_de", "filter_by_detection", "plot_dpc", "sim_protein_data_set"}
CALLS_OF_PROTEOMICS = {k: v for k, v in PROTEOMICS.items() if k not in WITH_OBJECTS}
