"""Tools for working on pgteller: install, run, load, test, lint. None of it runs in production."""
