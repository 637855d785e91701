"""`make run`: everything the shop needs, for real, on this machine."""

import os
import signal
import sys
from pathlib import Path

from jessops.sandbox.embedded import StartFailed
from jessops.sandbox.stack.child import die_with_parent
from jessops.sandbox.stack.environment import (
    AlreadyRunning,
    Layout,
    Surroundings,
    only_one,
)
from jessops.sandbox.stack.ports import BadPort
from jessops.sandbox.stack.supervisor import Stack, Stopped, say

ROOT = Path(__file__).resolve().parents[3]


def main() -> int:
    if "MAKELEVEL" in os.environ:
        # A killed `make` must not leave a shop behind that nobody can stop.
        die_with_parent(signal.SIGTERM)
    layout = Layout(ROOT)
    try:
        layout.make()
        stack = Stack(layout, Surroundings(os.environ))
        with only_one(layout):
            return run(stack)
    except (AlreadyRunning, BadPort, PermissionError) as error:
        say(str(error))
        return 1


def run(stack: Stack) -> int:
    stack.listen()
    try:
        stack.start()
        say(announcement(stack))
        return stack.watch()
    except Stopped:
        return 0
    except StartFailed as error:
        say(str(error))
        return 1
    finally:
        stack.stop()


def announcement(stack: Stack) -> str:
    site = stack.environ["SITE_URL"]
    rows = [("The shop is open", f"{site}/")]
    if stack.around.needs_sandbox:
        rows.append(
            ("Stand-ins", f"http://127.0.0.1:{stack.sandbox_port}/ (bank, mail, ...)")
        )
    rows.append(("Staff", f"{site}/admin/"))
    rows.append(("  sign in", "owner@jessops.example"))
    rows.append(("  password", stack.environ["DEMO_PASSWORD"]))
    if stack.around.needs_sandbox:
        rows.append(("  code", f"http://127.0.0.1:{stack.sandbox_port}/ shows it"))
    rows.append(("Logs", ".data/log/"))
    return "\n".join(["", *(f"  {name:<18}{value}" for name, value in rows)]) + (
        "\n\n  Ctrl-C stops it."
    )


if __name__ == "__main__":
    sys.exit(main())
