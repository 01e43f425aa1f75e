"""Weights of samples and observations."""
