"""Slow proofs: run by `make drills`, each with a small version in the suite."""
