"""Contrasts: from text, families of comparisons, in words."""
