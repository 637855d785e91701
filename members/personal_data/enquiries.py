"""What is held in enquiries."""
