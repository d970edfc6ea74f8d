"""A shop whose orders are paid by the bank in its own database."""
