"""Samples in few dimensions."""
