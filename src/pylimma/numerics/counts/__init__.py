"""Rates and dispersions of counts."""
