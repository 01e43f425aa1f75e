"""Precision and quality weights from a mean-variance trend."""
