"""The whole shop on one machine, as `make run` starts it (contract.md, "Commands")."""
