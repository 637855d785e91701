"""Money is whole pence; nothing here ever sees a float."""

VAT_PERCENT = 20


def pounds(pence: int) -> str:
    """Return pence as £1,449.00."""
    sign = "-" if pence < 0 else ""
    return f"{sign}£{abs(pence) // 100:,}.{abs(pence) % 100:02d}"


def vat_included(gross_pence: int, percent: int = VAT_PERCENT) -> int:
    """Return the VAT inside a gross amount, in pence, halves rounded up.

    HMRC lets a retailer round each line (VAT Notice 700, 17.5.1); a document's VAT is
    the sum of its lines', so nothing drifts (R8).
    """
    divisor = 100 + percent
    return (2 * gross_pence * percent + divisor) // (2 * divisor)
