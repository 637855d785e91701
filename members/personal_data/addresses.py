"""What is held in the address book."""
