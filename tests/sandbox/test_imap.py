"""The shop's mailbox by IMAP: what a client of the standard library sees of it."""

import imaplib
import smtplib
import socket
from collections.abc import Iterator

import pytest

from tests.sandbox.launcher import Sandbox, start_sandbox

SECRET = "between us"
FIRST = b"From: a@example.org\r\nSubject: One\r\n\r\nWords\r\n"


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    started = start_sandbox(tmp_path_factory.mktemp("imap"), inbound_secret=SECRET)
    yield started
    started.stop()


@pytest.fixture
def client(stand_ins: Sandbox) -> Iterator[imaplib.IMAP4]:
    client = imaplib.IMAP4("127.0.0.1", stand_ins.imap_port, timeout=5)
    yield client
    client.logout()


def content(client: imaplib.IMAP4, number: str) -> bytes:
    """A message by its place in the folder."""
    answer = client.fetch(number, "(BODY.PEEK[])")[1][0]
    assert isinstance(answer, tuple)
    return answer[1]


def deliver(stand_ins: Sandbox, raw: bytes = FIRST) -> None:
    status, _ = stand_ins.request("POST", "/mail/deliver?by=imap", raw)
    assert status == 202


def test_a_message_is_read_flagged_and_deleted(
    stand_ins: Sandbox, client: imaplib.IMAP4
) -> None:
    deliver(stand_ins)
    deliver(stand_ins, FIRST.replace(b"One", b"Two"))
    client.login("shop", SECRET)
    assert client.list()[1] == [b'() "/" "INBOX"']
    assert client.select("INBOX") == ("OK", [b"2"])
    first, second = client.uid("SEARCH", "UNDELETED", "UNFLAGGED")[1][0].split()
    size = client.uid("FETCH", first.decode(), "(RFC822.SIZE)")[1][0]
    assert f"RFC822.SIZE {len(FIRST)}".encode() in size
    assert client.uid("FETCH", first.decode(), "(BODY.PEEK[])")[1][0][1] == FIRST
    assert client.search(None, "UNSEEN")[1] == [b"1 2"]
    assert content(client, "1") == FIRST
    assert client.search(None, "UNSEEN")[1] == [b"1 2"]
    client.fetch("1", "(BODY[] FLAGS)")
    assert client.search(None, "SEEN")[1] == [b"1"]
    client.uid("STORE", f"{first.decode()}:*", "+FLAGS", r"(\Flagged)")
    assert client.uid("SEARCH", "UNFLAGGED")[1] == [b""]
    client.uid("STORE", second.decode(), "-FLAGS", r"(\Flagged)")
    client.uid("STORE", first.decode(), "FLAGS", r"(\Deleted)")
    assert client.expunge() == ("OK", [b"1"])
    assert client.uid("SEARCH", "ALL")[1] == [second]
    client.store("1", "+FLAGS", r"\Deleted")
    client.expunge()
    assert client.search(None, "ALL")[1] == [b""]


def test_nobody_else_signs_in(stand_ins: Sandbox, client: imaplib.IMAP4) -> None:
    for user, password in (("shop", "wrong"), ("shop", ""), ("other", SECRET)):
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            client.login(user, password)
    client.login("shop", SECRET)
    assert client.select("Other")[0] == "NO"


def test_what_is_no_command_is_refused_and_the_talk_goes_on(
    stand_ins: Sandbox,
) -> None:
    with socket.create_connection(("127.0.0.1", stand_ins.imap_port), 5) as line:
        talk = line.makefile("rwb")
        assert talk.readline().startswith(b"* OK")
        for said, answer in (
            (b"\r\n", b"* BAD"),
            (b"a1 DANCE\r\n", b"a1 BAD"),
            (b"a2 UID\r\n", b"a2 BAD"),
            (b"a6 SELECT INBOX\r\n", b"a6 BAD not now"),
            (b"a3 LOGIN {4}\r\n", b"+ go on"),
            (b"shop {10}\r\n", b"+ go on"),
            (b"between us\r\n", b"a3 OK"),
            (b"a4 NOOP\r\n", b"a4 OK"),
            (b"a7 EXPUNGE\r\n", b"a7 BAD not now"),
            (b"a5 LOGOUT\r\n", b"* BYE"),
        ):
            talk.write(said)
            talk.flush()
            assert talk.readline().startswith(answer), said


def test_a_letter_to_a_mailbox_that_is_not_there_comes_back(stand_ins: Sandbox) -> None:
    with smtplib.SMTP("127.0.0.1", stand_ins.smtp_port, timeout=5) as smtp:
        for name in ("bounce", "complain.loud", "bouncer"):
            smtp.sendmail("bounces+1@shop.test", [f"{name}@example.org"], FIRST)
    client = imaplib.IMAP4("127.0.0.1", stand_ins.imap_port, timeout=5)
    client.login("shop", SECRET)
    client.select("INBOX")
    found = [content(client, number) for number in ("1", "2")]
    assert b"To: bounces+1@shop.test" in found[0]
    assert b"Status: 5.1.1" in found[0]
    assert b"Feedback-Type: abuse" in found[1]
    assert client.fetch("3", "(UID)")[1] == [None]
    client.logout()
