"""Proteins with uncertainty: detection curves, quantification and tests that use both."""
