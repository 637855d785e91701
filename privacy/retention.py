"""How long the lower layers keep things: read by their jobs and by the policy."""

MAIL_DAYS = 30  # text and address of a message, after it was sent or given up
