"""The HTML report of an analysis."""
