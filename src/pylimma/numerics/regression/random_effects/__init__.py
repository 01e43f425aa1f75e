"""Random intercepts by REML, for every gene at once."""
