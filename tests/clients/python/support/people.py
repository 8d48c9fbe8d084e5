"""People of the checks. They sign in by phone as anybody would, with codes from the development inbox."""

import asyncio
import dataclasses
import itertools
import re
import time

import aiohttp

from .forms import form_for

_numbers = itertools.count(1)
PATIENCE_SECONDS = 20


@dataclasses.dataclass
class Person:
    """Somebody who is signed in: by `token` as a program, or by `cookies` as a browser."""

    url: str
    name: str
    username: str
    id: int | None = None
    token: str | None = None
    cookies: dict[str, str] | None = None

    @property
    def auth(self):
        """What goes into the CONNECT packet."""
        return {"token": self.token} if self.token else None

    def http_session(self):
        """What python-socketio makes its requests with.

        Its own `headers` go out with the handshake alone, and every poll has to prove itself; so cookies, and the Origin
        without which they are not believed, belong to the session.
        """
        if not self.cookies:
            return aiohttp.ClientSession()
        return aiohttp.ClientSession(headers={"Origin": self.url}, cookies=self.cookies, cookie_jar=_jar())


async def sign_in_program(url, name):
    """Signs a new person in through the API."""
    phone, username = _fresh_phone(), _fresh_username(name)
    async with aiohttp.ClientSession(base_url=url) as http:
        old = await _inbox_ids(http)
        challenge = (await _post(http, "/api/phone", phone=phone))["challenge"]
        code = await _next_code(http, phone, old)
        verified = await _post(http, "/api/phone/verify", challenge=challenge, pin=code)
        account = await _post(http, "/api/phone/finish", signup=verified["signup"], username=username, name=name)
    return Person(url, name, account["username"], id=account["user_id"], token=account["token"])


async def sign_in_on_pages(url, name):
    """Signs a new person in with the forms of the pages and keeps their cookie."""
    phone, username = _fresh_phone(), _fresh_username(name)
    async with aiohttp.ClientSession(base_url=url, cookie_jar=_jar(), headers={"Origin": url}) as http:
        old = await _inbox_ids(http)
        await _submit(http, "/login/phone", leads_to="/verify", country="US", phone=phone.removeprefix("+1"))
        code = await _next_code(http, phone, old)
        await _submit(http, "/verify", leads_to="/welcome", code=code)
        await _submit(http, "/welcome", leads_to="/chats", name=name, username=username)
        cookies = {crumb.key: crumb.value for crumb in http.cookie_jar}
    return Person(url, name, username, cookies=cookies)


async def _post(http, path, **body):
    async with http.post(path, json=body) as answer:
        if answer.status >= 300:
            raise RuntimeError(f"{path} answered {answer.status}: {await answer.text()}")
        return await answer.json()


async def _submit(http, path, leads_to, **fields):
    async with http.get(path) as page:
        form = form_for(path, await page.text())
    async with http.post(path, data={**form, **fields}, allow_redirects=False) as answer:
        if answer.headers.get("Location") != leads_to:
            raise RuntimeError(f"{path} answered {answer.status} {answer.headers.get('Location')}: {await answer.text()}")


async def _inbox_ids(http):
    return {sms["id"] for sms in await _inbox(http)}


async def _next_code(http, phone, old):
    """The code sent to that number since `old` was looked at."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for sms in await _inbox(http):
            if sms["to"] == phone and sms["id"] not in old:
                return sms["code"]
        await asyncio.sleep(0.02)
    raise TimeoutError(f"no code for {phone} in the development inbox")


async def _inbox(http):
    async with http.get("/dev/inbox.json") as answer:
        return await answer.json()


def _jar():
    # The test server is an address, not a name; aiohttp keeps no cookies of those unless told to.
    return aiohttp.CookieJar(unsafe=True)


def _fresh_phone():
    return f"+1201555{next(_numbers):04}"


def _fresh_username(name):
    return f"{re.sub('[^a-z]', '', name.lower())}{next(_numbers)}"
