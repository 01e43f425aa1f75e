"""Design matrices and contrasts."""
