"""`python -m jessops.sandbox`: the stand-ins as one program."""

import argparse
import os
import signal
import sys
from pathlib import Path

from jessops.sandbox.bank.webhooks import Endpoint
from jessops.sandbox.program import PortTaken, Program, Settings


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m jessops.sandbox",
        description="The shop's outside parties, for development and tests.",
    )
    parser.add_argument("--port", type=int, default=8001, help="0: any free one")
    parser.add_argument("--smtp-port", type=int, default=0, help="0: any free one")
    parser.add_argument("--imap-port", type=int, default=0, help="0: any free one")
    parser.add_argument("--data", type=Path, required=True, help="a folder of its own")
    parser.add_argument("--shop", default="http://localhost:8000")
    # Secrets also by the environment: a command line can be read by everyone (R28).
    parser.add_argument(
        "--api-key",
        default=os.environ.get("SANDBOX_API_KEY", ""),
        help="sk_test_local_..., or SANDBOX_API_KEY",
    )
    parser.add_argument("--webhook-url", default="", help="empty: send none")
    parser.add_argument(
        "--webhook-secret",
        default=os.environ.get("SANDBOX_WEBHOOK_SECRET", ""),
        help="whsec_..., or SANDBOX_WEBHOOK_SECRET",
    )
    parser.add_argument(
        "--webhook-wait",
        type=float,
        default=1.0,
        help="seconds before a failed webhook is sent again; doubles each time",
    )
    parser.add_argument("--inbound-url", default="", help="where mail to the shop goes")
    parser.add_argument(
        "--inbound-secret",
        default=os.environ.get("SANDBOX_INBOUND_SECRET", ""),
        help="signs that mail, or SANDBOX_INBOUND_SECRET",
    )
    given = parser.parse_args()
    if not given.api_key.startswith("sk_test_local"):
        print(
            "The stand-ins take only a local test key: one that begins with"
            " sk_test_local. Nothing was started.",
            file=sys.stderr,
        )
        return 2
    if given.webhook_url and not given.webhook_secret:
        print("--webhook-url needs --webhook-secret.", file=sys.stderr)
        return 2
    try:
        program = Program(
            Settings(
                data=given.data,
                port=given.port,
                smtp_port=given.smtp_port,
                imap_port=given.imap_port,
                shop=given.shop,
                api_key=given.api_key,
                endpoint=Endpoint(
                    given.webhook_url, given.webhook_secret, given.webhook_wait
                ),
                inbound_url=given.inbound_url,
                staff_secret=os.environ.get("DEMO_TOTP_SECRET", ""),
                inbound_secret=given.inbound_secret,
            )
        )
    except PortTaken as error:
        print(f"The stand-ins cannot start, {error}.", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: program.stop())
    print(f"Stand-ins on http://127.0.0.1:{program.server.port}/", flush=True)
    program.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
