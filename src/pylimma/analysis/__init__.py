"""A whole analysis in one call, with everything it went through."""
