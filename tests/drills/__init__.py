"""The procedures of docs/operations.md, carried out under load.

`make torture` runs each for longer. Each module has a function that carries one out, and a
tally that it answers.
"""
