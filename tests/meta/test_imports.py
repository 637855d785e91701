"""Who may import whom (house.md, 2), and who may talk to the outside world (P57).

The rules are read from the source, so a module breaks them also where no test runs it.
Each rule has a control: a planted file that breaks it is found.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("jessops", "shop", "clubs", "members", "newsletter", "privacy")

# What each layer may import of ours, besides itself.
MAY_IMPORT = {
    "jessops.lib": set[str](),
    "privacy": {"jessops.lib"},
    "newsletter": {"jessops.lib", "privacy"},
    "members": {"jessops.lib", "privacy", "newsletter"},
    "clubs": {"jessops.lib", "privacy", "newsletter", "members"},
    "shop": {"jessops.lib", "privacy", "newsletter", "members"},
    "jessops": {"jessops.lib", *PACKAGES},
    # the outside world: it knows nothing of the shop
    "jessops.sandbox": set[str](),
}

# Inside an app: what a layer may not import of its own app.
NOT_INSIDE = {
    "models": {"actions", "views", "tasks", "admin", "management", "forms", "emails"},
    "actions": {"views", "admin", "management", "forms"},
    "clients": {"actions", "views", "tasks", "admin", "management", "forms"},
    "forms": {"actions", "views", "tasks", "admin", "management"},
}

# Modules that reach another machine, and the only places that may import them.
CLIENTS = {
    "aiohttp",
    "aiosmtplib",
    "anymail",
    "django.core.mail",
    "ftplib",
    "http.client",
    "httpx",
    "imap_tools",
    "imaplib",
    "nntplib",
    "poplib",
    "pycurl",
    "requests",
    "smtplib",
    "socket",
    "telnetlib",
    "urllib.request",
    "urllib3",
    "websockets",
    "xmlrpc",
}
DOORS = {
    "privacy.gateway.wire": {"requests"},
    # our own pages only: tests/privacy/test_ourselves.py
    "privacy.gateway.ourselves": {"requests", "socket"},
    "newsletter.smtp": {"smtplib", "django.core.mail"},
    "newsletter.backend": {"django.core.mail"},
    # in only: our own mailbox, and what the mail provider posts to us
    "newsletter.mailbox": {"imap_tools", "imaplib"},
    "newsletter.provider": {"anymail"},
    "newsletter.views.provider": {"anymail"},
}
# The bank's package beside the gateway: its errors and its signature check only.
BANK_DOOR = "privacy.gateway.bank"
BANK_WORDS = {
    "APIConnectionError",
    "APIError",
    "AuthenticationError",
    "CardError",
    "IdempotencyError",
    "InvalidRequestError",
    "RateLimitError",
    "SignatureVerificationError",
    "StripeError",
    "StripeObject",
    "Webhook",
    "WebhookSignature",
    "construct_event",
    "verify_header",
}
DYNAMIC = {"__import__", "import_module"}
# Late by nature: Django calls ready() and Celery its signal when all is loaded.
MAY_IMPORT_LATE = {"jessops.celery", "jessops.gunicorn", "manage"}


@dataclass(frozen=True)
class Module:
    name: str  # shop.actions.orders
    tree: ast.Module

    @property
    def layer(self) -> str:
        return layer_of(self.name)

    def imports(self) -> Iterator[tuple[str, ast.AST]]:
        """Every imported module, with `from a import b` as a and as a.b."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield alias.name, node
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module, node
                for alias in node.names:
                    yield f"{node.module}.{alias.name}", node


def layer_of(name: str) -> str:
    for special in ("jessops.lib", "jessops.sandbox"):
        if name == special or name.startswith(f"{special}."):
            return special
    return name.partition(".")[0]


def modules(root: Path) -> list[Module]:
    found = []
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            parts = file.relative_to(root).with_suffix("").parts
            name = ".".join(parts).removesuffix(".__init__")
            found.append(Module(name, ast.parse(file.read_text())))
    return found


def wrong_layers(module: Module) -> Iterator[str]:
    allowed = {module.layer, *MAY_IMPORT[module.layer]}
    for name, _ in module.imports():
        if name.partition(".")[0] in PACKAGES and layer_of(name) not in allowed:
            yield f"{module.name} imports {name}"


def wrong_inside(module: Module) -> Iterator[str]:
    app, _, rest = module.name.partition(".")
    for name, _ in module.imports():
        other_app, _, other = name.partition(".")
        forbidden = NOT_INSIDE.get(rest.partition(".")[0], set())
        if other_app == app and other.partition(".")[0] in forbidden:
            yield f"{module.name} imports {name}"


def late_imports(module: Module) -> Iterator[str]:
    """Imports of ours inside functions: a cycle dodged."""
    if module.name in MAY_IMPORT_LATE:
        return
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name == "ready" and module.name.endswith(".apps"):
            continue
        inner = Module(module.name, ast.Module(body=node.body, type_ignores=[]))
        for name, _ in inner.imports():
            if name.partition(".")[0] in PACKAGES:
                yield f"{module.name}.{node.name} imports {name}"


def open_doors(module: Module) -> Iterator[str]:
    """Clients of the outside world where there is no door."""
    if module.layer == "jessops.sandbox":
        return
    doors = DOORS.get(module.name, set())
    for name, _ in module.imports():
        for client in CLIENTS - doors:
            if name == client or name.startswith(f"{client}."):
                yield f"{module.name} imports {name}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and _last_word(node.func) in DYNAMIC:
            yield f"{module.name} imports by name, line {node.lineno}"
    if module.name != BANK_DOOR:
        yield from _bank_words(module)


def _bank_words(module: Module) -> Iterator[str]:
    for name, _ in module.imports():
        root, _, rest = name.partition(".")
        if root == "stripe" and rest and rest not in BANK_WORDS:
            yield f"{module.name} imports {name}"
    types = set(_annotations(module.tree))
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.Attribute)
            and _first_word(node) == "stripe"
            and node.attr not in BANK_WORDS
            and node not in types
        ):
            yield f"{module.name} uses stripe...{node.attr}"


def _annotations(tree: ast.Module) -> Iterator[ast.AST]:
    """Everything that only says of what type something is."""
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            annotation = getattr(node, name, None)
            if isinstance(annotation, ast.AST):
                yield from ast.walk(annotation)


def _last_word(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _first_word(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


OURS = modules(ROOT)


def test_the_walk_sees_the_shop() -> None:
    names = {module.name for module in OURS}
    assert {"privacy.gateway", "newsletter.outbox", "shop.connectors"} <= names
    assert set(DOORS) | {BANK_DOOR} <= names


def test_imports_point_down_the_layers() -> None:
    assert [fault for module in OURS for fault in wrong_layers(module)] == []


def test_imports_inside_an_app_point_down_too() -> None:
    assert [fault for module in OURS for fault in wrong_inside(module)] == []


def test_no_import_hides_in_a_function() -> None:
    assert [fault for module in OURS for fault in late_imports(module)] == []


def test_nobody_else_imports_an_http_or_smtp_client() -> None:
    assert [fault for module in OURS for fault in open_doors(module)] == []


def planted(tmp_path: Path, file: str, source: str) -> Module:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(source)
    (module,) = modules(tmp_path)
    return module


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("privacy/x.py", "from shop.models import Order"),
        ("privacy/x.py", "import newsletter.outbox"),
        ("newsletter/x.py", "from members import models"),
        ("shop/x.py", "from clubs import search"),
        ("shop/x.py", "from jessops import logs"),
        ("jessops/lib/x.py", "from privacy import choices"),
        ("jessops/sandbox/x.py", "from jessops.lib import money"),
        ("jessops/sandbox/x.py", "import shop"),
        ("members/x.py", "def f():\n    from shop import trolley"),
    ],
)
def test_a_wrong_direction_is_found(tmp_path: Path, file: str, source: str) -> None:
    assert list(wrong_layers(planted(tmp_path, file, source)))


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("shop/models/x.py", "from shop.actions import orders"),
        ("shop/models/x.py", "from shop import tasks"),
        ("shop/actions/x.py", "from shop.views import checkout"),
        ("shop/forms.py", "from shop.actions import orders"),
    ],
)
def test_a_wrong_direction_inside_an_app_is_found(
    tmp_path: Path, file: str, source: str
) -> None:
    assert list(wrong_inside(planted(tmp_path, file, source)))


def test_a_hidden_import_is_found(tmp_path: Path) -> None:
    source = "def f():\n    if True:\n        from shop import trolley"
    assert list(late_imports(planted(tmp_path, "shop/x.py", source)))


@pytest.mark.parametrize(
    "source",
    [
        "import requests",
        "import requests.adapters as r",
        "from urllib import request",
        "from urllib.request import urlopen",
        "import http.client",
        "from http import client",
        "import smtplib",
        "from django.core.mail import send_mail",
        "from django.core import mail",
        "import socket",
        "def f():\n    import httpx",
        "import importlib\nimportlib.import_module('requests')",
        "from importlib import import_module\nimport_module('requests')",
        "__import__('requests')",
        "import stripe\nstripe.StripeClient('k')",
        "import stripe\nstripe.api_key = 'k'",
        "import stripe\nstripe.checkout.Session.create()",
        "from stripe import StripeClient",
        "from stripe.checkout import Session",
        "import stripe._http_client",
    ],
)
def test_a_new_door_is_found(tmp_path: Path, source: str) -> None:
    assert list(open_doors(planted(tmp_path, "shop/x.py", source)))


@pytest.mark.parametrize(
    "source",
    [
        "from privacy import gateway",
        "import stripe\ntry: pass\nexcept stripe.StripeError: pass",
        "import stripe\nstripe.Webhook.construct_event(b'', '', '')",
        "import stripe\ndef f(c: stripe.StripeClient) -> stripe.checkout.Session: ...",
    ],
)
def test_the_right_way_is_not_found_fault_with(tmp_path: Path, source: str) -> None:
    assert not list(open_doors(planted(tmp_path, "shop/x.py", source)))
