"""Sets of genes: read and matched, tested as groups, enriched among the top genes."""
