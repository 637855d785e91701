"""How gunicorn serves the shop: `gunicorn --config python:jessops.gunicorn`.

Two processes of four threads: a slow bank then blocks a thread and not the shop. A
proxy stands in front in production (deploy/nginx.conf): sixty slow connections would
hold all of this.
"""

import os
from typing import Any

from django.db import connections
from gunicorn.glogging import Logger

from jessops import logs

bind = f"{os.environ.get('BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
proc_name = "jessops-web"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
# Loaded once and shared by fork: half the memory and half the start.
preload_app = True
max_requests = 2000
max_requests_jitter = 200
timeout = 30  # seconds without a sign of life
graceful_timeout = 8  # seconds; no request takes as long as its database may
keepalive = 5  # seconds
limit_request_line = 8190
control_socket_disable = True


class QuietLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own words through the shop's formatter; requests the shop logs itself.

    Its access log would hold addresses, paths and browsers.
    """

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
        self.error_log.propagate = True
        logs.configure()

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        return


logger_class = QuietLogger


def when_ready(server: Any) -> None:
    """Serve nothing that the published policy does not say (C19)."""
    from privacy import checks  # Django is set up by now: preload_app

    checks.refuse_to_start()


def worker_exit(server: Any, worker: Any) -> None:
    """Put the last counted showings into the table."""
    from privacy import notices

    notices.flush()


def post_fork(server: Any, worker: Any) -> None:
    """Share no connection with the parent: two processes on one socket mix answers."""
    for connection in connections.all(initialized_only=True):
        connection.close()
