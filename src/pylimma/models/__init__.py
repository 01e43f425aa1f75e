"""Whole analyses as objects, after the interfaces of other packages."""
