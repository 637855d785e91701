"""The no-third-party certificate (C12): the whole shop crawled as visitors get it.

By plain requests everywhere, and by a real browser where there is one. Kept is what was
looked at, and everything that is not as promised: what, and on which page.
"""

from privacy.certificate.findings import BROWSER, HTTP, WORDS, Found
from privacy.certificate.newest import due, failing, history, newest

__all__ = ["BROWSER", "HTTP", "WORDS", "Found", "due", "failing", "history", "newest"]
