"""Arrays in, arrays out: the mathematics, and nothing about labels."""
