"""Linear, robust, correlated and mixed regression of many genes at once."""
