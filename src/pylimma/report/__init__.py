"""The HTML page of an analysis."""
