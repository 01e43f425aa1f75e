r"""Moderated tests of models with random effects: what the prior tells of each coefficient."""

from __future__ import annotations

import numpy as np

from pylimma.containers.mixed_model import MixedModelFit
from pylimma.numerics.regression.random_effects.contrasts import satterthwaite


def moderate_components(fit: MixedModelFit, compat: str | None = None) -> MixedModelFit:
    r"""Fit with moderated standard errors and degrees of freedom.

    The prior knows the residual variance alone and is carried through to each coefficient. With
    ``compat="dream"`` it moderates the whole variance of the coefficient, as that package does.
    """
    unscaled, s2, rdf = fit["stdev_unscaled"], fit["sigma"] ** 2, fit["df_residual"]
    df_prior = np.broadcast_to(fit["df_prior"], rdf.shape)
    if compat == "dream":
        return fit.replace(
            std_error=unscaled * np.sqrt(fit["s2_post"])[:, None],
            df_total=fit["df_test"] + df_prior[:, None],
            compat=compat,
        )
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
    return fit.replace(
        std_error=unscaled * np.sqrt(s2[:, None] * share),
        df_total=np.minimum(moderated, np.nansum(rdf)),
        compat=None,
    )
