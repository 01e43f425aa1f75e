"""Recorded results of R, compared with what this machine computes."""
