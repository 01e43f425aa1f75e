"""Scaled F distributions fitted to variances: the prior of all genes."""
