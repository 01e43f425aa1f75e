"""Statistics beside the moderated tests: z-scores, overlaps, correlations of effects."""
