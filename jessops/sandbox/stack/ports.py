"""Ports: which are free, and who answers on them."""

import contextlib
import http.client
import socket
from collections.abc import Mapping

HOST = "127.0.0.1"
PATIENCE = 2.0  # seconds one probe may take; probes are repeated until their limit


class BadPort(ValueError):
    """A port that cannot be used; its text is a sentence for people."""


def free_port() -> int:
    """Return a port that nobody holds now; it may be taken a moment later."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def taken(port: int) -> bool:
    """Say whether a server could not listen on 127.0.0.1:port now."""
    with socket.socket() as probe:
        # As servers do: connections that are closing are no reason to refuse.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen()
        except PermissionError as error:
            raise BadPort(f"only root may open port {port}") from error
        except OSError:
            return True
    return False


def answers_on_ipv6(port: int) -> bool:
    """Say whether another program has [::1]:port, where "localhost" may lead first."""
    if not socket.has_ipv6:
        return False
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.settimeout(PATIENCE)
        return probe.connect_ex(("::1", port)) == 0
    return False


def chosen_port(environ: Mapping[str, str], name: str, default: int) -> int:
    """Return the port that variable `name` asks for, or the default.

    Raises BadPort with one sentence that names the variable.
    """
    value = environ.get(name, "").strip() or str(default)
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise BadPort(f"{name} must be a port number from 1 to 65535.")
    return int(value)


def require_free(wanted: Mapping[str, int]) -> None:
    """Raise BadPort naming every variable whose port another program holds."""
    if len(set(wanted.values())) < len(wanted):
        raise BadPort(f"{' and '.join(wanted)} must be different ports.")
    sentences = []
    for name, port in wanted.items():
        try:
            if taken(port) or answers_on_ipv6(port):
                sentences.append(
                    f"Port {port} is taken by another program: stop it, or choose"
                    f" another with {name}={port + 10}."
                )
        except BadPort as error:
            sentences.append(f"{error}: choose another with {name}=8000 or higher.")
    if sentences:
        raise BadPort(" ".join(sentences))


def http_status(
    port: int, path: str, *, host: str | None = None, https: bool = False
) -> int:
    """Return the status of a GET, or 0 when nothing answers."""
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE * 5)
    headers = {"Host": host or f"{HOST}:{port}", "Connection": "close"}
    if https:
        headers["X-Forwarded-Proto"] = "https"
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def converse(port: int, say: bytes, expect: bytes) -> bool:
    """Say whether a server answers `say`, or our coming, with a line of `expect`."""
    try:
        with socket.create_connection((HOST, port), PATIENCE) as connection:
            connection.settimeout(PATIENCE)
            if say:
                connection.sendall(say)
            heard = b""
            # As many lines as were said are answered, and one when nothing was.
            while heard.count(b"\n") < max(1, say.count(b"\n")):
                part = connection.recv(4096)
                if not part:
                    return False
                heard += part
            return expect in heard
    except OSError:
        return False
