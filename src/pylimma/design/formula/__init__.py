"""Formulas: text, terms, factors, columns."""
