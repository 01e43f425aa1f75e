"""Counts and intensities made ready for a linear model."""
