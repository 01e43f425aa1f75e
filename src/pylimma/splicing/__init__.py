"""Differential usage of the exons, transcripts or peptides of a gene."""
