"""What the member's area asks: one module a noun (P6, P67)."""
