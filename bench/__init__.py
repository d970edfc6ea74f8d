"""The benchmark: `make bench`, `make bench-growth`."""
