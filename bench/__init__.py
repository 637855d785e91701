"""What a page costs beside what Django itself costs: `make bench` (speed.md)."""
