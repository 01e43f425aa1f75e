"""Whatever the user has, made into expression values, weights and labels."""
