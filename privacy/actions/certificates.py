"""Crawling the shop and putting on record what was found (C12)."""

import contextlib
import logging
import os
import signal
import subprocess
import sys

from django.conf import settings
from django.utils import timezone

from jessops.lib import commit
from privacy.certificate import BROWSER, HTTP, Found, browser, due, http, newest
from privacy.certificate.findings import MOST_HOSTS
from privacy.gateway.ourselves import NotAnswered
from privacy.models import Certificate

log = logging.getLogger(__name__)

BROWSER_SECONDS = 110  # for the browser's whole process


def certify(*, crawler: str) -> Certificate:
    """Crawl now and keep the result; raises NotAnswered, OSError: nothing was seen."""
    found = browser.crawl() if crawler == BROWSER else http.crawl()
    return record(found=found)


def record(*, found: Found) -> Certificate:
    """Put the sums of a crawl on record."""
    certificate = Certificate.objects.create(
        crawler=found.crawler,
        passed=found.passed,
        pages=found.pages,
        requests=found.requests,
        foreign_hosts=sorted(found.foreign_hosts)[:MOST_HOSTS],
        cookies=sorted(found.cookies),
        findings=found.lines(),
        commit=commit.current(),
        seconds=round(found.seconds, 1),
    )
    if not found.passed:
        log.error("certificate failed: %s", found.lines()[0])
    return certificate


def certify_if_due() -> str:
    """Crawl with one crawler whose time has come; return which, "" for none.

    One at a time, so that a worker's other process stays free for the shop's own work.
    """
    known, now = newest(), timezone.now()
    if due(HTTP, known, now):
        try:
            certify(crawler=HTTP)
        except NotAnswered as error:
            log.warning("no crawl: %s", error)
            return ""
        return HTTP
    if not browser.missing() and due(BROWSER, known, now):
        return BROWSER if _browse() else ""
    return ""


def _browse() -> bool:
    """Crawl in a process of its own: a browser is large, and must end in time."""
    command = [sys.executable, "manage.py", "certificate", "--browser", "--quiet"]
    process = subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        _, said = process.communicate(timeout=BROWSER_SECONDS)
    except subprocess.TimeoutExpired:
        log.warning("no crawl: the browser took too long")
        return False
    finally:
        _end(process)
    if process.returncode > 1:
        log.warning("no crawl: %s", said.strip()[-300:])
        return False
    return True


def _end(process: "subprocess.Popen[str]") -> None:
    """Leave nothing of the browser behind: it is a whole family of processes."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
