r"""Moderated tests of models with random effects: what the prior tells of each coefficient."""

from __future__ import annotations

import numpy as np

from pylimma.containers.mixed_model import MixedModelFit
from pylimma.containers.ownership import Made
from pylimma.numerics.regression.random_effects.contrasts import satterthwaite


def moderate_components(fit: MixedModelFit, compat: str | None = None) -> None:
    r"""Moderate standard errors and degrees of freedom of a fit.

    The prior knows the residual variance alone and is carried through to each coefficient. With
    ``compat="dream"`` it moderates the whole variance of the coefficient, as that package does.
    """
    unscaled, s2, rdf = fit["stdev_unscaled"], fit["sigma"] ** 2, fit["df_residual"]
    df_prior = np.broadcast_to(fit["df_prior"], rdf.shape)
    if compat == "dream":
        fit["std_error"] = Made(unscaled * np.sqrt(fit["s2_post"])[:, None])
        fit["df_total"] = Made(fit["df_test"] + df_prior[:, None])
        fit["compat"] = compat
        return
    gradient = fit.coefficient_gradients()
    parts = fit.components()
    before, df = satterthwaite(gradient, parts)
    after, moderated = satterthwaite(gradient, parts.with_prior(s2, fit["s2_prior"], df_prior))
    # without a positive variance the prior contradicts the data: the test stays as it was
    usable = after > 0
    after, moderated = np.where(usable, after, before), np.where(usable, moderated, df)
    with np.errstate(divide="ignore", invalid="ignore"):
        # adjusted standard errors, as Kenward and Roger's, keep their adjustment
        share = np.where(before > 0, after / before, 1.0)
    fit["std_error"] = Made(unscaled * np.sqrt(s2[:, None] * share))
    fit["df_total"] = Made(np.minimum(moderated, np.nansum(rdf)))
    fit["compat"] = None
