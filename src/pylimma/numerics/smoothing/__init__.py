"""Smoothers of one variable on another: local lines, moving averages and interpolants."""
