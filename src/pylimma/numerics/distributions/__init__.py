"""Tails, quantiles and special functions, accurate however small."""
