"""Examples of using pgteller."""
