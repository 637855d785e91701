"""What is held in requests about one's data, and changes of address."""
