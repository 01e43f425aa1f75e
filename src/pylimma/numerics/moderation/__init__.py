"""Priors of variances, and tests that use them."""
