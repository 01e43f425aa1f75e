"""A whole analysis in one call, with every step kept."""
