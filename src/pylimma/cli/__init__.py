"""The command `pylimma`: analyses from files to files."""
