"""Empirical Bayes: variances, t-statistics and odds borrowed across genes."""
