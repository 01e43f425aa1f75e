"""Labelled results: named components that share genes, samples and coefficients."""
