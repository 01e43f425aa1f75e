"""Files of other programs as containers."""
