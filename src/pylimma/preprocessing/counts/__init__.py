"""Counts: filters, library sizes, rates, averages, pseudobulk."""
