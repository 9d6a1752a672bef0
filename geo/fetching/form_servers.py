"""Form servers of others (ODK Central, KoboToolbox) at which answers wait: an office's entries, and what is new."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

from geo.fetching.inner import inner
from geo.fetching.ranges import Answer, Asker, within
from geo.fetching.sources import KEY, office_entries
from geo.model.errors import CallError, DataError
from geo.model.sites import FORMS, VISITS

SERVERS = ("central", "kobo")
_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,60}")
#: Answers of one page of Kobo's, the most it gives; and in all, of either.
_PAGE, MOST = 1000, 200_000
#: Seconds between two words of a Central and for one of its answers, and bytes of one file.
_WAIT_S, _ANSWER_S, _MOST_BYTES = 60, 300.0, 25_000_000
#: Faults of a server as a whole: what else waits there is not asked for.
WHOLE = frozenset(
    {"error.fetch.offline", "error.fetch.slow", "error.fetch.certificate", "error.pull.refused", "error.pull.moved"}
)


@dataclass(frozen=True)
class FormServer:
    """One entry: a form at a server. ``table`` is that of our own form, empty where the form is somebody else's."""

    key: str
    server: str
    address: str
    form: str
    secret: str
    email: str = ""
    project: int = 0
    table: str = ""

    def password(self) -> str:
        """Return what lets in: from the environment, or from a file of systemd's credentials.

        Raises
        ------
        CallError
            If neither has it.
        """
        kept = os.environ.get("CREDENTIALS_DIRECTORY", "")
        found = os.environ.get(self.secret, "").strip()
        if not found and kept and (file := Path(kept) / self.secret).is_file():
            found = file.read_text(encoding="utf-8").strip()
        if not found:
            raise CallError("error.pull.secret", name=self.secret, entry=self.key)
        if not (found.isascii() and found.isprintable()):  # no header can hold it
            raise CallError("error.pull.secret_text", name=self.secret, entry=self.key)
        return found


@dataclass(frozen=True)
class Waiting:
    """One answer that waits there: a key that changes with an edit, answers as a flat row, its repeated groups' names.

    ``refused`` says that somebody who looks through answers there has refused it.
    """

    key: str
    one: str
    row: Mapping[str, str]
    nested: tuple[str, ...]
    refused: bool
    told: Mapping[str, Any]


def entries(path: Path) -> list[FormServer]:
    """Return an office's entries, by the order of the file.

    Raises
    ------
    CallError
        If there is no such file.
    DataError
        If an entry says what none can be, or would send a password in the clear over the internet.
    """
    content = office_entries(path, "error.pull.entry")
    if not content:
        raise DataError("error.pull.entry", path=path.name, entry="–", detail="0")
    return [_entry(path.name, key, entry) for key, entry in content.items()]


def _entry(file: str, key: str, given: Mapping[str, Any]) -> FormServer:
    def fault(detail: str) -> DataError:
        return DataError("error.pull.entry", path=file, entry=key, detail=detail)

    if not KEY.fullmatch(key):
        raise fault("A–Z a–z 0–9 _ -")
    entry = {"table" if name == "as" else name: value for name, value in given.items()}
    known = {one.name: one.type for one in fields(FormServer) if one.name != "key"}
    for name, value in entry.items():
        if name not in known:
            raise fault(f"{name}?")
        if type(value).__name__ != known[name]:
            raise fault(f"{name} = {value!r}")
    needed = ("server", "address", "form", "secret") + (
        ("email", "project") if entry.get("server") == "central" else ()
    )
    if missing := [name for name in needed if not entry.get(name)]:
        raise fault(", ".join(missing))
    if not _NAME.fullmatch(entry["secret"]):  # perhaps the password itself: not said
        raise fault("secret = …? A–Z 0–9 _")
    if entry["server"] not in SERVERS:
        raise fault(f"server = {entry['server']!r} ({', '.join(SERVERS)})")
    if entry.get("table", "") not in ("", *FORMS, VISITS):
        raise fault(f"as = {entry['table']!r} ({', '.join((*FORMS, VISITS))})")
    if wrong := _wrong_address(entry["address"]):
        raise fault(wrong)
    return FormServer(key=key, **{**entry, "address": entry["address"].rstrip("/")})


def _wrong_address(address: str) -> str:
    """What is wrong with an address; nothing where a password may go there."""
    try:
        there = urlsplit(address)
    except ValueError as error:
        return str(error)[:150]
    if there.username or there.password:  # not said again
        return "address = https://…@…?"
    safe = there.scheme == "https" or (there.scheme == "http" and inner(there.hostname or ""))
    return "" if safe else f"address = {address!r} (https://…)"


class Central:
    """A form at an ODK Central, asked by its makers' own library. Source: docs.getodk.org/central-api."""

    def __init__(self, entry: FormServer) -> None:
        from pyodk._utils.config import CentralConfig, Config
        from pyodk._utils.session import Adapter, Session
        from pyodk.client import Client

        logging.getLogger("pyodk").setLevel(logging.CRITICAL + 1)  # what fails is told once, by us
        self._entry, password = entry, entry.password()
        session = Session(entry.address, "v1", entry.email, password, cache_path=None)
        session.max_redirects = 0  # nobody else gets the password
        for scheme in ("https://", "http://"):
            session.mount(scheme, Adapter(timeout=_WAIT_S, max_retries=2))
        told = CentralConfig(base_url=entry.address, username=entry.email, password=password)
        self._client = Client(session=session, config=Config(central=told), project_id=entry.project)

    def waiting(self, known: Container[str]) -> Iterator[Waiting]:
        """Return the answers that are not known, the oldest first.

        Raises
        ------
        DataError
            If the server is not there, does not let in, or answers what no Central would.
        """
        table = self._asked(lambda: self._client.submissions.get_table(form_id=self._entry.form))
        rows = table.get("value") if isinstance(table, dict) else None
        if not isinstance(rows, list) or len(rows) > MOST or not all(isinstance(row, dict) for row in rows):
            raise DataError("error.fetch.format", value=self._entry.address, detail="OData")
        for row in reversed(rows):  # Central tells the newest first
            one, system = str(row.get("__id", "")), row.get("__system") or {}
            key = f"{one}#{system.get('edits') or 0}"
            if one and key not in known:
                flat, nested = _flat(row)
                refused = system.get("reviewState") == "rejected"
                yield Waiting(key, one, {"instanceID": one, **flat}, nested, refused, row)

    def xml(self, one: Waiting) -> bytes:
        """Return an answer as its telephone sent it."""
        return self._bytes(f"{self._home(one)}.xml")

    def files(self, one: Waiting) -> tuple[dict[str, bytes], bool]:
        """Return the files that came with an answer, and whether these are all it names."""
        told = self._asked(lambda: self._read(f"{self._home(one)}/attachments").json(), one.one)
        names = [(str(each["name"]), bool(each.get("exists"))) for each in told if isinstance(each, dict)]
        there = {
            name: self._bytes(f"{self._home(one)}/attachments/{quote(name, safe='')}")
            for name, exists in names
            if exists
        }
        return there, len(there) == len(names)

    def _home(self, one: Waiting) -> str:
        form, instance = quote(self._entry.form, safe=""), quote(one.one, safe="")
        return f"projects/{self._entry.project}/forms/{form}/submissions/{instance}"

    def _read(self, address: str) -> Any:
        return self._client.session.response_or_error("GET", address, logging.getLogger("pyodk"), stream=True)

    def _bytes(self, address: str) -> bytes:
        def read() -> bytes:
            content = bytearray()
            with self._read(address) as answer:
                for part in answer.iter_content(65_536):
                    content += part
                    if len(content) > _MOST_BYTES:
                        raise DataError("error.submission_size", size=len(content), most=_MOST_BYTES)
            return bytes(content)

        return bytes(self._asked(read, address.rpartition("/")[2]))

    def _asked(self, ask: Any, part: str = "") -> Any:
        """Ask, and tell a fault as those of any other server are told; `part` is what of an answer is asked for."""
        import requests
        from pyodk.errors import PyODKError

        address = self._entry.address
        try:
            return within(_ANSWER_S, address, ask)
        except PyODKError as error:
            answer = next((one for one in error.args if isinstance(one, requests.Response)), None)
            raise _refused(self._entry, 0 if answer is None else answer.status_code, part) from error
        except requests.exceptions.TooManyRedirects as error:
            raise DataError("error.pull.moved", value=address) from error
        except requests.exceptions.SSLError as error:
            raise DataError("error.fetch.certificate", value=address, detail=str(error)[:150]) from error
        except requests.exceptions.Timeout as error:
            raise DataError("error.fetch.slow", value=address) from error
        except requests.exceptions.ConnectionError as error:
            raise DataError("error.fetch.offline", value=address, detail=str(error)[:150]) from error
        except DataError:
            raise
        except (requests.exceptions.RequestException, ValueError, LookupError, TypeError, RecursionError) as error:
            raise DataError("error.fetch.format", value=address, detail=str(error)[:150]) from error


class Kobo:
    """A form at a KoboToolbox, by its API v2. Source: support.kobotoolbox.org/api.html."""

    def __init__(self, entry: FormServer) -> None:
        self._entry = entry
        self._home = f"{entry.address}/api/v2/assets/{quote(entry.form, safe='')}/data/"
        self._asker = Asker()
        self._asker.client.headers["Authorization"] = f"Token {entry.password()}"

    def waiting(self, known: Container[str]) -> Iterator[Waiting]:
        """Return the answers that are not known, as they were sent.

        Raises
        ------
        DataError
            If the server is not there, does not let in, or answers what no KoboToolbox would.
        """
        start = 0
        while True:
            query = httpx2.QueryParams(format="json", limit=_PAGE, start=start, sort='{"_id":1}')
            content = self._got(f"{self._home}?{query}").content
            try:
                page = json.loads(content)
                rows, more = page["results"], bool(page["next"])
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise DataError("error.fetch.format", value=self._home, detail="JSON") from error
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or start > MOST:
                raise DataError("error.fetch.format", value=self._home, detail="results")
            for row in rows:
                one, key = str(row.get("_id", "")), f"{row.get('_id', '')}#{row.get('_uuid', '')}"
                if one and key not in known:
                    state = row.get("_validation_status")
                    refused = isinstance(state, dict) and state.get("uid") == "validation_status_not_approved"
                    flat, nested = _flat(row)  # its number stays when it is edited, its uuid does not
                    yield Waiting(key, one, {"instanceID": f"kobo-{one}", **flat}, nested, refused, row)
            if not more or not rows:
                return
            start += len(rows)

    def xml(self, one: Waiting) -> bytes:
        """Return an answer as its telephone sent it."""
        return self._got(f"{self._home}{quote(one.one, safe='')}/?format=xml", one.one).content

    def files(self, one: Waiting) -> tuple[dict[str, bytes], bool]:
        """Return the files that came with an answer, and whether these are all it names."""
        there: dict[str, bytes] = {}
        told = one.told.get("_attachments")
        for each in told if isinstance(told, list) else ():
            if not isinstance(each, dict) or each.get("is_deleted"):
                continue
            address, name = str(each.get("download_url", "")), PurePosixPath(str(each.get("filename", ""))).name
            mine = urlsplit(self._entry.address)
            if urlsplit(address)[:2] != mine[:2]:  # the token is for that server alone, and never in the clear
                raise DataError("error.pull.elsewhere", value=self._entry.address, detail=urlsplit(address).netloc[:80])
            content = self._got(address, name).content
            if len(content) > _MOST_BYTES:
                raise DataError("error.submission_size", size=len(content), most=_MOST_BYTES)
            there[name if name not in there else f"{len(there)}-{name}"] = content
        return there, True

    def _got(self, address: str, part: str = "") -> Answer:
        answer = self._asker.ask(address)
        if answer.status != 200:
            raise _refused(self._entry, answer.status, part)
        return answer


def server(entry: FormServer) -> Central | Kobo:
    """Return what asks an entry's server."""
    return Central(entry) if entry.server == "central" else Kobo(entry)


def _refused(entry: FormServer, status: int, part: str) -> DataError:
    if status in (401, 403) and not part:
        return DataError("error.pull.refused", value=entry.address, name=entry.secret, status=status)
    if part:
        return DataError("error.pull.part", value=entry.address, part=part[:80], status=status or "–")
    if status == 404:
        return DataError("error.pull.form", value=entry.address, form=entry.form, status=status)
    return DataError("error.pull.status", value=entry.address, status=status or "–")


def _flat(row: Mapping[str, Any]) -> tuple[dict[str, str], tuple[str, ...]]:
    """An answer as one row: groups by "/", places as ODK writes them; and the names of groups that repeat.

    What a server adds of its own begins with "_"; of Kobo's, the moment of sending is kept.
    """
    flat: dict[str, str] = {}
    nested: list[str] = []
    for name, value in row.items():
        if name.endswith("@odata.navigationLink"):
            nested.append(name.removesuffix("@odata.navigationLink"))
        elif value is None or (name.startswith("_") and name != "_submission_time"):
            continue
        elif isinstance(value, Mapping) and value.get("type") == "Point":
            flat[name] = _place(value)
        elif isinstance(value, Mapping):
            inside, more = _flat(value)
            flat |= {f"{name}/{within}": text for within, text in inside.items()}
            nested += [f"{name}/{within}" for within in more]
        elif isinstance(value, list):
            nested.append(name)
        else:
            text = ("yes" if value else "no") if isinstance(value, bool) else str(value)
            flat[name] = text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return flat, tuple(nested)


def _place(point: Mapping[str, Any]) -> str:
    """Latitude, longitude, height and accuracy, as ODK writes a place in one cell."""
    at, told = point.get("coordinates"), point.get("properties")
    if not isinstance(at, list) or len(at) < 2 or not all(isinstance(one, (int, float)) for one in at[:2]):
        return "" if at is None else json.dumps(at)[:200]  # told where a place is read
    east, north, *high = at
    accuracy = told.get("accuracy") if isinstance(told, Mapping) else None
    return " ".join(str(part) for part in (north, east, high[0] if high and high[0] is not None else 0, accuracy or 0))
