"""Arrays: normalisation, duplicate spots."""
