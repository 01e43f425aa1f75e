"""Linear models for every gene."""
