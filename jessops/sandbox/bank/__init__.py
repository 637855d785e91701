"""The bank: Stripe's API as far as the shop uses it, with its hosted payment page."""
