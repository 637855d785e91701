"""Starts the stand-ins as the real program, on free ports, for any test."""

import base64
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# What the authenticator app of staff in tests holds, and of the stand-ins' page.
STAFF_SECRET = base64.b32encode(b"staff of the tests..").decode()


@dataclass
class Sandbox:
    base: str  # http://127.0.0.1:PORT
    smtp_port: int
    imap_port: int
    api_key: str
    webhook_secret: str
    data: Path
    process: "subprocess.Popen[bytes]"

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        content_type: str = "application/json",
    ) -> tuple[int, bytes]:
        """(status, body), whatever the status."""
        request = urllib.request.Request(
            self.base + path,
            data=body,
            method=method,
            headers={"Content-Type": content_type},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def get_json(self, path: str) -> Any:
        status, body = self.request("GET", path)
        assert status == 200, body
        return json.loads(body)

    def post_json(self, path: str, value: Any) -> Any:
        status, body = self.request("POST", path, json.dumps(value).encode())
        assert status in (200, 201, 202), body
        return json.loads(body)

    def fault(self, **fields: Any) -> None:
        self.post_json("/faults", fields)

    def set_right(self) -> None:
        """Undo what a test did to the stand-ins: no faults, and the clock as it is."""
        self.clear_faults()
        ahead = self.get_json("/bank/clock")["ahead"]
        self.post_json("/bank/clock", {"advance": -ahead})

    def clear_faults(self) -> None:
        status, body = self.request("DELETE", "/faults")
        assert status == 204, body

    def stop(self) -> int:
        """End it as a supervisor does; its exit code."""
        self.process.terminate()
        return self.process.wait(15)


def start_sandbox(
    tmp_path: Path,
    *,
    webhook_url: str | None = None,
    inbound_url: str = "",
    inbound_secret: str = "",
    webhook_wait: float = 0.05,
    port: int = 0,
    smtp_port: int = 0,
    api_key: str = "",
    webhook_secret: str = "",
    staff_secret: str = STAFF_SECRET,
) -> Sandbox:
    """`tmp_path` holds its state: the same again starts where the last one stopped."""
    data = tmp_path / "sandbox"
    ports = data / "sandbox.json"
    ports.unlink(missing_ok=True)
    api_key = api_key or f"sk_test_local_{secrets.token_hex(12)}"
    webhook_secret = webhook_secret or f"whsec_{secrets.token_hex(16)}"
    command = [sys.executable, "-m", "jessops.sandbox"]
    command += ["--port", str(port), "--smtp-port", str(smtp_port)]
    command += ["--data", str(data), "--api-key", api_key]
    command += ["--webhook-secret", webhook_secret, "--webhook-url", webhook_url or ""]
    command += ["--webhook-wait", str(webhook_wait), "--inbound-url", inbound_url]
    command += ["--inbound-secret", inbound_secret]
    data.mkdir(parents=True, exist_ok=True)
    environ = os.environ | {"DEMO_TOTP_SECRET": staff_secret}
    with (data / "log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdout=log, stderr=log
        )
    for _ in range(600):
        if ports.exists():
            break
        if process.poll() is not None:
            raise RuntimeError((data / "log").read_text())
        time.sleep(0.05)
    else:
        process.kill()
        raise TimeoutError("the stand-ins did not start")
    found = json.loads(ports.read_text())
    base = f"http://127.0.0.1:{found['port']}"
    ports_taken = (found["smtp_port"], found["imap_port"])
    return Sandbox(base, *ports_taken, api_key, webhook_secret, data, process)
