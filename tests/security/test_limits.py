"""One address, or one person, does not take all that is there: names, clips, uploads, jobs, guesses at passwords."""

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from studio import engine
from studio import limits as module
from studio.app import build, launch_options
from studio.limits import HERE, JOBS, RULES, Limits, TooMany, address_of, one_of_many
from studio.settings import Login, Settings
from tests.ports import launched


def alone(work: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives, in a thread of its own: a test of a browser leaves a running loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


class Clock:
    """A clock that is set by hand, s."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer is made slower."""
    monkeypatch.setattr(module, "SLOWER", 0.0)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Clock]]:
    """A local app without logins, its clock set by hand."""
    clock = Clock()
    settings = Settings(data=tmp_path_factory.mktemp("open"))
    demo = build(settings)
    yield launched(demo, launch_options(settings, Limits(clock))), clock
    demo.close()


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Clock]]:
    """The same with two logins."""
    clock = Clock()
    logins = (Login("joe", "secret", "admin"), Login("eva", "secret"))
    settings = Settings(data=tmp_path_factory.mktemp("team"), auth=logins)
    demo = build(settings)
    yield launched(demo, launch_options(settings, Limits(clock))), clock
    demo.close()


def at(address: str) -> dict[str, str]:
    """Headers of a request that a proxy passes on for this address."""
    return {"x-forwarded-for": address}


def test_a_bucket_fills_and_empties() -> None:
    clock = Clock()
    limits = Limits(clock)
    for _ in range(20):
        limits.spend("pseudonym", "a")
    with pytest.raises(TooMany, match="come back in 3 minutes"):
        limits.spend("pseudonym", "a")
    limits.spend("pseudonym", "b")
    clock.now += 181
    limits.spend("pseudonym", "a")
    with pytest.raises(TooMany):
        limits.spend("pseudonym", "a")
    clock.now += 3600
    for _ in range(20):
        limits.spend("pseudonym", "a")


def test_memory_is_bounded() -> None:
    limits = Limits(Clock())
    for number in range(module.MOST_KEYS + 100):
        limits.spend("claim", f"visitor {number}")
        limits.remember(f"{number}", "here")
    assert len(limits._levels) == len(limits._known) == module.MOST_KEYS


def test_whose_request_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def seen(peer: str, *forwarded: str, **headers: str) -> str:
        raw = [(b"x-forwarded-for", value.encode()) for value in forwarded]
        raw += [(name.encode(), value.encode()) for name, value in headers.items()]
        return address_of({"type": "http", "client": (peer, 1), "headers": raw})

    assert seen("127.0.0.1") == seen("::1") == HERE
    assert seen("127.0.0.1", "1.1.1.1, 9.9.9.9") == seen("127.0.0.1", "1.1.1.1", "9.9.9.9") == "9.9.9.9"
    assert seen("127.0.0.1", via="1.1 proxy") == module.BEHIND
    assert seen("8.8.8.8", "1.1.1.1") == "8.8.8.8", "no proxy of ours: what it says is its own tale"
    assert seen("2001:db8::1") == seen("2001:db8::2") != seen("2001:db8:0:1::1")
    monkeypatch.setenv("SYSTEM", "spaces")
    monkeypatch.setenv("SPACE_ID", "eva/studio")
    assert seen("10.0.0.7", "1.1.1.1, 9.9.9.9, 10.1.2.3") == "9.9.9.9"
    assert seen("10.0.0.7", "10.1.2.3") == "10.1.2.3" and seen("10.0.0.7") == "10.0.0.7"


def test_new_names_of_an_address(app: tuple[str, Clock]) -> None:
    url, clock = app

    def ask(address: str) -> httpx.Response:
        return client.post(f"{url}studio/review/pseudonym", json={}, headers=at(address))

    with httpx.Client() as client:
        got = [ask("9.9.9.1") for _ in range(21)]
        assert [answer.status_code for answer in got] == [200] * 20 + [429]
        assert "come back in" in got[-1].json()["error"]
        assert ask("9.9.9.2").status_code == 200
        assert client.post(f"{url}studio/review/pseudonym", json={}).status_code == 200
        clock.now += 3600
        assert ask("9.9.9.1").status_code == 200


def test_claims_of_a_visitor(app: tuple[str, Clock]) -> None:
    url, clock = app
    with httpx.Client() as client:
        token = client.post(f"{url}studio/review/pseudonym", json={}).json()["token"]

        def claim() -> int:
            return client.post(f"{url}studio/review/claim", json={}, headers={"x-studio-visitor": token}).status_code

        assert [claim() for _ in range(21)] == [200] * 20 + [429]
        clock.now += 60
        assert claim() == 200


def sent(url: str, address: str, files: int, size: int = 10) -> httpx.Response:
    parts = [("files", (f"{i}.png", b"x" * size)) for i in range(files)]
    return httpx.post(f"{url}gradio_api/upload", files=parts, headers=at(address) if address else {})


def test_uploads_of_an_address(app: tuple[str, Clock], monkeypatch: pytest.MonkeyPatch) -> None:
    url, clock = app
    assert sent(url, "9.9.8.1", 40).status_code == 200
    refused = sent(url, "9.9.8.1", 40)
    assert refused.status_code == 429 and "send more in" in refused.json()["error"]
    assert sent(url, "9.9.8.2", 1).status_code == sent(url, "", 70).status_code == 200
    clock.now += 3600
    assert sent(url, "9.9.8.1", 40).status_code == 200
    monkeypatch.setitem(RULES, "upload bytes", RULES["upload bytes"]._replace(most=1e6))
    assert sent(url, "9.9.8.3", 1, 600_000).status_code == 200
    assert "600 MB" in sent(url, "9.9.8.3", 1, 600_000).json()["error"]


def login(url: str, address: str, name: str, password: str) -> httpx.Response:
    form = {"username": name, "password": password}
    return httpx.post(f"{url}login", data=form, headers=at(address) if address else {})


def test_wrong_passwords_from_an_address(team: tuple[str, Clock]) -> None:
    url, clock = team
    seen = [login(url, "9.9.7.1", "joe", f"{i}").status_code for i in range(12)]
    assert seen == [400] * 10 + [429] * 2
    told = login(url, "9.9.7.1", "joe", "secret")
    assert told.status_code == 429 and "try again in" in told.json()["detail"]
    assert login(url, "9.9.7.2", "joe", "secret").status_code == 200
    clock.now += 600
    assert login(url, "9.9.7.1", "joe", "secret").status_code == 200


def test_wrong_passwords_for_a_name_do_not_shut_its_owner_out(team: tuple[str, Clock]) -> None:
    url, clock = team
    clock.now += 3600
    assert all(login(url, "9.9.6.0", "eva", "secret").status_code == 200 for _ in range(30))
    seen = [login(url, f"9.9.6.{i + 1}", "eva", "guess").status_code for i in range(22)]
    assert seen == [400] * 20 + [429] * 2
    assert login(url, "9.9.6.99", "eva", "secret").status_code == 429
    assert login(url, "9.9.6.0", "eva", "secret").status_code == 200, "from where they were before"
    assert httpx.post(f"{url}login", content=b"x" * 20_000).status_code == 413


def test_wrong_passwords_are_slowed(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async def wrong(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Any:
        return {"type": "http.request", "body": b"username=joe&password=x"}

    async def send(_: Any) -> None:
        return None

    monkeypatch.setattr(module, "SLOWER", 0.25)
    monkeypatch.setattr(module, "asyncio", SimpleNamespace(sleep=sleep))
    quotas = module.Quotas(wrong, Limits(Clock()))
    form = [(b"content-type", b"application/x-www-form-urlencoded")]
    scope = {"type": "http", "method": "POST", "path": "/login", "client": ("9.9.9.9", 1), "headers": form}
    for _ in range(10):
        alone(quotas(scope, receive, send))
    assert waited[:3] == [0.0, 0.25, 0.5] and max(waited) == 2.0


def test_jobs_of_an_address() -> None:
    """Those that wait and those that run; other work of the page goes on."""
    pushed: list[int] = []

    async def push(body: Any, **_: Any) -> Any:
        pushed.append(body.fn_index)
        return True, "id", "success"

    def job(address: str, alive: bool = True, kind: str = engine.QUEUE) -> Any:
        return SimpleNamespace(alive=alive, concurrency_id=kind, request=request(address))

    def request(address: str) -> Any:
        return SimpleNamespace(scope={"type": "http", "client": (address, 1), "headers": []})

    def ask(address: str, fn_index: int = 0) -> Any:
        body = SimpleNamespace(fn_index=fn_index)
        return alone(queue.push(body=body, request=request(address), username=None))

    jobs = [*(job("9.9.9.1") for _ in range(2)), job("9.9.9.1", kind=engine.ASIDE)]  # two clips, one pre-labelling
    jobs += [job("9.9.9.2", alive) for alive in (True, True, False)]
    queue: Any = SimpleNamespace(push=push, event_ids_to_events=dict(enumerate(jobs)))
    fns = {i: SimpleNamespace(concurrency_id=kind) for i, kind in enumerate((engine.QUEUE, "look", engine.ASIDE))}
    one_of_many(SimpleNamespace(_queue=queue, fns=fns))
    assert ask("9.9.9.1") == ask("9.9.9.1", 2) == (False, JOBS, "error")
    assert ask("9.9.9.1", 1)[0] and ask("9.9.9.2")[0] and ask("127.0.0.1")[0]
    assert pushed == [1, 0, 0]


def test_nothing_goes_past_the_queue(app: tuple[str, Clock]) -> None:
    """Gradio's direct call would run a job without waiting."""
    answer = httpx.post(f"{app[0]}gradio_api/run/generate", json={"data": []})
    assert answer.status_code == 404 and "queue" in answer.json()["detail"]
    assert httpx.post(f"{app[0]}gradio_api/run/patterns", json={"data": []}).status_code == 200
