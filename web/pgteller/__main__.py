"""`python -m pgteller` is the program `pgteller`."""

from pgteller.cli import main

main()
