"""The bank: Stripe's API as far as the shop uses it, with its hosted payment page.

For tests: POST /bank/clock `{"advance": seconds}`, POST /bank/settings
`{"manual_payment_status": "paid"}`, POST /bank/emit `{"type": ..., "id": ...}`,
GET /bank/webhooks.json; misbehaviour is in sandbox/faults.py.

Where it knowingly differs from the real one: its payment page asks for no e-mail
address; only mode `payment`, cards, and GBP, EUR and USD are known; a webhook is given
up after 16 attempts with pauses of at most a minute, not after three days; charges have
no balance transaction; events come in the order in which things happened unless
shuffle_webhooks is on, which the real bank does not promise.

In parts it takes money of every card but American Express's, where the session asked.

Unverified: whether a payment of which more may be taken gives refunds (here it does
not); and whether a real session with manual capture completes as paid or unpaid (the
description does not say), so `manual_payment_status` makes it either.
"""
