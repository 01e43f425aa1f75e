"""Files of scanners of arrays, and the tables that go with them."""
