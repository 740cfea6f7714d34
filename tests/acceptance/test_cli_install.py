"""A Shopify store is connected from end to end: a link at the command line, a browser that comes back, tokens kept."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from bad_input_desk import Desk

from connectors.shopify.sandbox import ShopifySandbox, seed
from hub.store.database import Database
from hub.store.keyring import Keyring
from hub.sync.connection.token import load
from hub.testing.serve import serve

TOML = '[merchants.default]\nname = "Boutique"\n'
SERVE = '\n[serve]\nlisten = "127.0.0.1:{port}"\npublic_url = "http://127.0.0.1:{port}"\n'
Query = dict[str, str]


@dataclass
class Street:
    """A store, the desk of the hub, and a browser that goes from one to the other."""

    desk: Desk
    store: ShopifySandbox
    shop: str

    def start(self, *words: str, listen: str = "127.0.0.1:0") -> tuple[subprocess.Popen[str], dict[str, str]]:
        """Start a command that asks for consent; give it and what it says of the link."""
        where = ["--listen", listen] if listen else []
        process = self.desk.start("connect", *words, *where, "--json")
        assert process.stdout is not None
        return process, json.loads(process.stdout.readline())

    def add(self, **how: Any) -> tuple[subprocess.Popen[str], dict[str, str]]:
        settings = (f"shop={self.shop}", "client_id=app", "client_secret=env:APP_SECRET")
        return self.start("add", "boutique", "shopify", *settings, **how)

    def agree(self, link: dict[str, str]) -> str:
        """Open the link, as the owner: gives the address that their browser is sent back to."""
        answer = httpx.get(link["link"])
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def kept(self) -> list[str]:
        """Name everything of the connection that the hub has kept."""
        with sqlite3.connect(self.desk.folder / "hub.db") as db:
            names = [row[0] for row in db.execute("SELECT name FROM connection WHERE name = 'boutique'")]
            return names + [row[0] for row in db.execute("SELECT name FROM secret WHERE connection = 'boutique'")]

    def token(self) -> Any:
        """Read the token that is kept."""
        database = Database(f"sqlite:///{self.desk.folder}/hub.db", keyring=Keyring(self.desk.folder))
        with database.read() as tx:
            kept = load(tx, "boutique", self.store.store.clock())
        database.close()
        return kept.token if kept else None


@pytest.fixture
def street(bare: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Street]:
    monkeypatch.setenv("APP_SECRET", "hush")
    store = ShopifySandbox(stranger=True)
    seed(store, orders=3)
    bare.write(TOML)
    bare.do("apply --yes")
    with serve(store) as shop:
        yield Street(bare, store, shop)


def test_the_owner_agrees_and_the_store_can_be_synced(street: Street) -> None:
    """Both halves of an expiring token are kept, and the first sync uses them."""
    process, link = street.add()
    assert parse_qs(urlsplit(link["link"]).query)["redirect_uri"] == [link["redirect"]]
    page = httpx.get(street.agree(link))
    assert (page.status_code, "boutique is installed and works" in page.text) == (200, True)
    said = street.desk.ended(process)
    assert (said.code, json.loads(said.out)["installed"]) == (0, True)
    token = street.token()
    assert token.refresh in street.store.refreshes
    assert token.expires_at - street.store.store.clock() > timedelta(minutes=55)
    assert street.desk.do("connect test boutique").code == 0
    assert street.desk.run("sync boutique").code == 0
    assert street.desk.do("status --json").json["records"]["order"] > 0


def test_people_are_told_what_to_open_and_what_to_allow(street: Street) -> None:
    settings = (f"shop={street.shop}", "client_id=app", "client_secret=env:APP_SECRET", "--listen", "127.0.0.1:0")
    process = street.desk.start("connect", "add", "boutique", "shopify", *settings)
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(6)]
    link = said[2].strip()
    redirect = parse_qs(urlsplit(link).query)["redirect_uri"][0]
    assert "must let boutique in" in said[0]
    assert redirect in said[4]
    assert "redirect URLs" in said[5]
    httpx.get(street.agree({"link": link}))
    ended = street.desk.ended(process)
    assert "boutique is installed and works." in ended.out
    assert "Next: add a route for it" in ended.out


def test_a_running_hub_takes_the_callback_at_its_public_address(street: Street) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    street.desk.write(TOML + SERVE.format(port=port))
    server = street.desk.start("serve")
    assert server.stderr is not None
    next(line for line in server.stderr if line.startswith("Serving"))
    process, link = street.add(listen="")
    assert link["redirect"] == f"http://127.0.0.1:{port}/install"
    assert httpx.get(street.agree(link)).status_code == 200
    assert street.desk.ended(process).code == 0
    server.send_signal(signal.SIGTERM)
    assert street.desk.ended(server).code == 0


def forged(change: Callable[[Query], Query]) -> Callable[[Street, str], str]:
    """Change what the browser brings, and leave the signature as it was."""

    def forge(street: Street, back: str) -> str:
        told = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
        return str(httpx.URL(back, params=change(told)))

    return forge


def signed(change: Callable[[Query], Query]) -> Callable[[Street, str], str]:
    """Change what the browser brings, and sign it as the store would."""

    def sign(street: Street, back: str) -> str:
        told = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items() if name != "hmac"}
        return f"{back.partition('?')[0]}?{street.store.owner.signed(change(told))}"

    return sign


def spent(street: Street, back: str) -> str:
    """Use the code up before the hub can."""
    code = parse_qs(urlsplit(back).query)["code"][0]
    assert street.store.owner.takes(code, street.store.store.clock())
    return back


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (forged(lambda told: {**told, "code": "another"}), "not signed with the app"),
        (
            forged(lambda told: {k: v for k, v in told.items() if k != "hmac"}),
            "not signed with the app",
        ),
        (signed(lambda told: {**told, "shop": "evil.myshopify.com"}), "another store's"),
        (signed(lambda told: {k: v for k, v in told.items() if k != "code"}), "sent no code"),
        (signed(lambda told: {**told, "error": "access_denied"}), "consent was denied"),
        (spent, "was already used"),
    ],
    ids=["changed", "unsigned", "another store", "no code", "denied", "a code twice"],
)
def test_what_does_not_fit_is_told_to_both_and_nothing_is_kept(
    street: Street, spoil: Callable[[Street, str], str], why: str
) -> None:
    """In the browser and at the command line, in one sentence with a next step."""
    process, link = street.add()
    page = httpx.get(spoil(street, street.agree(link)))
    assert (page.status_code, why in page.text.replace("&#x27;", "'")) == (403, True), page.text
    said = street.desk.ended(process)
    ended = json.loads(said.out)
    assert (said.code, ended["installed"], why in ended["message"]) == (3, False, True)
    assert ended["hint"]
    assert street.kept() == []


def test_an_owner_who_does_not_agree_is_told_apart(street: Street) -> None:
    street.store.owner.agrees = False
    process, link = street.add()
    assert "consent was denied" in httpx.get(street.agree(link)).text
    assert street.desk.ended(process).code == 3
    assert street.kept() == []


def test_a_state_that_nobody_gave_out_ends_nothing(street: Street) -> None:
    """Who guesses cannot even stop the one who waits."""
    process, link = street.add()
    back = street.agree(link)
    guess = signed(lambda told: {**told, "state": "guess"})(street, back)
    assert httpx.get(guess).status_code == 403
    assert httpx.get(back).status_code == 200
    said = street.desk.ended(process)
    assert said.code == 0
    assert "not waited for" in said.err


def test_who_stops_waiting_leaves_nothing(street: Street) -> None:
    process, _ = street.add()
    process.send_signal(signal.SIGINT)
    said = street.desk.ended(process)
    assert said.code == 130
    assert said.err == "Stopped. The link is good for nothing any more, and nothing was kept.\n"
    assert street.kept() == []


def test_an_app_that_was_taken_out_is_installed_again_and_goes_on_where_it_was(street: Street) -> None:
    """T141: re-auth keeps checkpoints and links; nothing is read or written twice."""
    process, link = street.add()
    httpx.get(street.agree(link))
    street.desk.ended(process)
    street.desk.run("sync boutique")
    street.store.tokens.clear()
    street.store.refreshes.clear()
    assert street.desk.run("sync boutique").code == 3
    assert street.desk.do("connect list --json").json["connections"][0]["state"] == "needs_reauth"
    process, link = street.start("install", "boutique")
    assert httpx.get(street.agree(link)).status_code == 200
    assert street.desk.ended(process).code == 0
    assert street.desk.do("connect list --json").json["connections"][0]["state"] == "ok"
    runs = street.desk.run("sync boutique --json").json["runs"]
    assert sum(run["written"] for run in runs) == 0


def test_what_needs_nobody_is_not_installed(street: Street) -> None:
    """A token that was given is tried, and what is wrong with it is said at once."""
    words = f"connect add boutique shopify shop={street.shop} client_id=app client_secret=env:APP_SECRET"
    sentence, _ = street.desk.fail(f"{words} access_token=env:SHOP_KEY", 3)
    assert "401" in sentence
    street.desk.do(f"{words} access_token=env:SHOP_KEY --no-test")
    sentence, hint = street.desk.fail("connect install boutique", 2)
    assert sentence == "Boutique is let in by its setting access_token."
    assert "access_token" in hint
