"""Models as objects, with the interfaces of other packages."""
