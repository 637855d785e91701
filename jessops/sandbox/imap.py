"""The mail stand-in's IMAP side (RFC 3501): the shop's own mailbox, to be fetched.

What a client needs to read a mailbox, flag messages and delete them, over one folder;
every other command is refused. Numbers of messages are those of the store, so they
keep for ever; flags are forgotten when the stand-ins stop.
"""

import re
import socketserver
import threading
from collections.abc import Callable, Iterable
from typing import ClassVar

from jessops.sandbox.faults import Faults
from jessops.sandbox.mail import OURS, Mailbox
from jessops.sandbox.stack.environment import MAILBOX_USER

LONGEST_LINE = 64 * 1024
WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"|(\([^)]*\))|([^\s"()]+)')
SETS = re.compile(r"[\d:*,]+")


class BadCommand(Exception):
    """Answered with BAD; the conversation goes on."""


class Folder:
    """The messages of the shop's mailbox and their flags."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.flags: dict[int, set[str]] = {}
        self.lock = threading.Lock()

    def numbers(self) -> list[int]:
        query = "SELECT id FROM mails WHERE folder = ? ORDER BY id"
        return [row[0] for row in self.mailbox.store.rows(query, (OURS,))]

    def raw(self, number: int) -> bytes:
        query = "SELECT raw FROM mails WHERE folder = ? AND id = ?"
        rows = self.mailbox.store.rows(query, (OURS, number))
        return bytes(rows[0][0]) if rows else b""

    def flags_of(self, number: int) -> set[str]:
        return self.flags.get(number, set())

    def change(self, number: int, sign: str, flags: set[str]) -> None:
        with self.lock:
            have = self.flags_of(number)
            new = {"+": have | flags, "-": have - flags}.get(sign, flags)
            self.flags[number] = new

    def expunge(self) -> list[int]:
        """Delete what is marked; the positions that the client is told of."""
        gone = []
        with self.lock, self.mailbox.store.write() as db:
            position = 1
            for number in self.numbers():
                if "\\Deleted" in self.flags_of(number):
                    db.execute("DELETE FROM mails WHERE id = ?", (number,))
                    self.flags.pop(number, None)
                    gone.append(position)
                else:
                    position += 1
        return gone


class Conversation(socketserver.StreamRequestHandler):
    """One client, from its greeting to its leave."""

    server: "ImapServer"
    timeout = 60
    signed_in = False
    is_open = False
    # Which commands there are, after signing in (1) and after opening the folder (2).
    COMMANDS: ClassVar[dict[str, tuple[str, int]]] = {
        "CAPABILITY": ("capability", 0),
        "NOOP": ("noop", 0),
        "LOGIN": ("login", 0),
        "LIST": ("folders", 1),
        "SELECT": ("select", 1),
        "EXAMINE": ("select", 1),
        "SEARCH": ("search", 2),
        "FETCH": ("fetch", 2),
        "STORE": ("store", 2),
        "EXPUNGE": ("expunge", 2),
        "CHECK": ("noop", 2),
    }

    def handle(self) -> None:
        try:
            self.say("* OK [CAPABILITY IMAP4rev1] mail.stand-in")
            while self.command():
                pass
        except (ConnectionError, TimeoutError):
            return
        finally:
            self.server.folder.mailbox.store.close()

    def command(self) -> bool:
        line = self.rfile.readline(LONGEST_LINE)
        if not line.endswith(b"\n"):
            return False
        words = self.words(line)
        if len(words) < 2:
            self.say("* BAD a tag and a command")
            return True
        tag, name, *rest = words
        name = name.upper()
        if name == "LOGOUT":
            self.say("* BYE see you", f"{tag} OK bye")
            return False
        by_uid = name == "UID" and bool(rest)
        if by_uid:
            name, *rest = rest[0].upper(), *rest[1:]
        if self.disturbed(name):
            return False
        try:
            answer = self.do(name, rest, by_uid)
        except BadCommand as error:
            self.say(f"{tag} BAD {error}")
        else:
            self.say(f"{tag} {answer}")
        return True

    def do(self, name: str, rest: list[str], by_uid: bool) -> str:
        if name not in self.COMMANDS:
            raise BadCommand("no such command here")
        method, needs = self.COMMANDS[name]
        if needs > self.signed_in + self.is_open:
            raise BadCommand("not now")
        act: Callable[[list[str], bool], str] = getattr(self, method)
        return act(rest, by_uid)

    def disturbed(self, name: str) -> bool:
        """Hang up, if somebody asked for a fault of party mail at /imap/FETCH, say."""
        faults = self.server.faults.take("mail", f"/imap/{name}", page=True)
        return any(fault.kind in ("reset", "lost_answer") for fault in faults)

    def words(self, line: bytes) -> list[str]:
        """The words of a command, its literals read from the client."""
        found: list[bytes] = []
        while True:
            literal = re.search(rb"\{(\d{1,6})\}\r?\n\Z", line)
            plain = line[: literal.start()] if literal else line
            for quoted, group, word in WORD.findall(plain):
                found.append(re.sub(rb"\\(.)", rb"\1", quoted) or group or word)
            if literal is None:
                return [word.decode("utf-8", "replace") for word in found]
            self.say("+ go on")
            found.append(self.rfile.read(int(literal[1])))
            line = self.rfile.readline(LONGEST_LINE)

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def capability(self, rest: list[str], by_uid: bool) -> str:
        self.say("* CAPABILITY IMAP4rev1")
        return "OK done"

    def noop(self, rest: list[str], by_uid: bool) -> str:
        return "OK done"

    def login(self, rest: list[str], by_uid: bool) -> str:
        if rest != [MAILBOX_USER, self.server.password] or not self.server.password:
            return "NO [AUTHENTICATIONFAILED] not you"
        self.signed_in = True
        return "OK done"

    def folders(self, rest: list[str], by_uid: bool) -> str:
        self.say('* LIST () "/" "INBOX"')
        return "OK done"

    def select(self, rest: list[str], by_uid: bool) -> str:
        if not rest or rest[0].upper() != "INBOX":
            self.is_open = False
            return "NO [NONEXISTENT] there is only INBOX"
        self.is_open = True
        self.say(
            r"* FLAGS (\Seen \Flagged \Deleted)",
            r"* OK [PERMANENTFLAGS (\Seen \Flagged \Deleted)]",
            f"* {len(self.server.folder.numbers())} EXISTS",
            "* 0 RECENT",
            "* OK [UIDVALIDITY 1]",
        )
        return "OK [READ-WRITE] done"

    def search(self, rest: list[str], by_uid: bool) -> str:
        if rest[:1] == ["CHARSET"]:
            rest = rest[2:]
        found = [
            str(number if by_uid else position)
            for position, number in enumerate(self.server.folder.numbers(), 1)
            if all(self.has(number, key.upper()) for key in rest)
        ]
        self.say("* SEARCH " + " ".join(found))
        return "OK done"

    def has(self, number: int, key: str) -> bool:
        if key == "ALL":
            return True
        name = key.removeprefix("UN").capitalize()
        if name not in ("Seen", "Flagged", "Deleted"):
            raise BadCommand(f"cannot search by {key}")
        return (f"\\{name}" in self.server.folder.flags_of(number)) != (
            key.startswith("UN")
        )

    def chosen(self, text: str, by_uid: bool) -> Iterable[tuple[int, int]]:
        """Positions and numbers of a set such as "3,7:9,12:*"."""
        if not SETS.fullmatch(text):
            raise BadCommand("not a set of messages")
        everything = list(enumerate(self.server.folder.numbers(), 1))
        last = everything[-1][1 if by_uid else 0] if everything else 0
        for part in text.split(","):
            first, _, end = (part if ":" in part else f"{part}:{part}").partition(":")
            low, high = sorted(last if n == "*" else int(n or 0) for n in (first, end))
            for position, number in everything:
                if low <= (number if by_uid else position) <= high:
                    yield position, number

    def fetch(self, rest: list[str], by_uid: bool) -> str:
        if len(rest) < 2:
            raise BadCommand("of which, and what?")
        wanted = " ".join(rest[1:]).strip("()").upper().split()
        for position, number in self.chosen(rest[0], by_uid):
            raw = self.server.folder.raw(number)
            parts: list[bytes] = [f"UID {number}".encode()] if by_uid else []
            for name in wanted:
                if name == "UID" and not by_uid:
                    parts.append(f"UID {number}".encode())
                elif name == "FLAGS":
                    flags = " ".join(sorted(self.server.folder.flags_of(number)))
                    parts.append(f"FLAGS ({flags})".encode())
                elif name == "RFC822.SIZE":
                    parts.append(f"RFC822.SIZE {len(raw)}".encode())
                elif name in ("BODY[]", "BODY.PEEK[]", "RFC822"):
                    if name != "BODY.PEEK[]":
                        self.server.folder.change(number, "+", {"\\Seen"})
                    parts.append(b"BODY[] {%d}\r\n%b" % (len(raw), raw))
            self.wfile.write(b"* %d FETCH (%b)\r\n" % (position, b" ".join(parts)))
        return "OK done"

    def store(self, rest: list[str], by_uid: bool) -> str:
        if len(rest) != 3 or "FLAGS" not in rest[1].upper():
            raise BadCommand("of which, FLAGS, and which?")
        names = rest[2].strip("()").split()
        flags = {"\\" + name.lstrip("\\").capitalize() for name in names}
        sign = rest[1][0] if rest[1][0] in "+-" else ""
        for position, number in self.chosen(rest[0], by_uid):
            self.server.folder.change(number, sign, flags)
            shown = " ".join(sorted(self.server.folder.flags_of(number)))
            self.say(f"* {position} FETCH (UID {number} FLAGS ({shown}))")
        return "OK done"

    def expunge(self, rest: list[str], by_uid: bool) -> str:
        self.say(
            *(f"* {position} EXPUNGE" for position in self.server.folder.expunge())
        )
        return "OK done"


class ImapServer(socketserver.ThreadingTCPServer):
    """On 127.0.0.1, in threads of its own; without a password nobody signs in."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(
        self, mailbox: Mailbox, faults: Faults, port: int, password: str
    ) -> None:
        self.folder = Folder(mailbox)
        self.faults = faults
        self.password = password
        super().__init__(("127.0.0.1", port), Conversation)
        self.port = int(self.server_address[1])
        self.thread = threading.Thread(
            target=self.serve_forever, name="imap", args=(0.1,), daemon=True
        )

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.shutdown()
        self.thread.join(5)
        self.server_close()
