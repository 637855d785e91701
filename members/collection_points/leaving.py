"""What is asked of somebody who leaves (P96)."""

from privacy.registry import collects, entitle

ERASE = "members.EraseForm"

entitle(ERASE, "Erasing your details")
collects(
    form=ERASE,
    field="sure",
    label="ERASE, or your e-mail address",
    stored_in="nowhere: keeps you from being erased by a slip",
    purpose="rights",
    clause="your-rights",
)
