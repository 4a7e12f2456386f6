"""Requests that come from elsewhere: from foreign pages, by foreign host names, in foreign frames."""

from collections.abc import Iterator

import httpx
import pytest

from studio import gate, owner
from studio.app import build, launch_options, who_rules
from studio.gate import refusal
from studio.settings import Login, Settings
from tests.ports import launched

EVIL = "https://evil.studio.example"
# What a page could have done here, or learnt.
DOORS = (
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/upload"),
    ("POST", "/gradio_api/call/patterns"),
    ("POST", "/studio/review/session"),
    ("POST", "/login"),
    ("GET", "/studio/clips/1/video"),
    ("GET", "/studio/clips/1/track"),
    ("GET", "/studio/clips/1/hands"),
    ("GET", "/gradio_api/queue/data?session_hash=x"),
    ("GET", "/config"),
    ("GET", "/gradio_api/info"),
)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Settings]]:
    """A local app without logins: its address and its settings."""
    settings = Settings(data=tmp_path_factory.mktemp("local"))
    demo = build(settings)
    yield launched(demo, launch_options(settings)), settings
    demo.close()


@pytest.mark.parametrize(("method", "path"), DOORS)
@pytest.mark.parametrize("origin", [EVIL, "http://127.0.0.1:9", "http://localhost.evil.example", "null", "", "http://"])
def test_no_door_opens_to_a_foreign_page(local: tuple[str, Settings], method: str, path: str, origin: str) -> None:
    """Also not to a page on another port of the same machine."""
    answer = httpx.request(method, local[0].rstrip("/") + path, headers={"origin": origin})
    assert answer.status_code == 403
    assert "another site" in answer.json()["error"]
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("origin", [EVIL, "null"])
def test_a_foreign_page_gets_no_leave_to_ask(local: tuple[str, Settings], origin: str) -> None:
    asked = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    answer = httpx.options(f"{local[0]}gradio_api/queue/join", headers=asked)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(("method", "path"), [d for d in DOORS if d[0] == "GET"])
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_no_picture_or_script_of_a_foreign_page(local: tuple[str, Settings], method: str, path: str, site: str) -> None:
    """A tag in a foreign page, or one of a neighbour's name, sends cookies and no origin."""
    headers = {"sec-fetch-site": site, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
    assert httpx.request(method, local[0].rstrip("/") + path, headers=headers).status_code == 403


def test_a_link_leads_here(local: tuple[str, Settings]) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert httpx.get(local[0], headers=headers).status_code == 200
    assert httpx.post(f"{local[0]}login", headers=headers).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "", "[", "a b"])
def test_a_foreign_name_that_leads_here_is_told_so(local: tuple[str, Settings], host: str) -> None:
    """DNS rebinding: the browser believes that it is the foreign page's own server."""
    answer = httpx.get(local[0], headers={"host": host})
    assert answer.status_code in (400, 421)
    if answer.status_code == 421:
        assert "--allow-host" in answer.json()["error"]


def test_our_own_page_and_programs_go_on(local: tuple[str, Settings]) -> None:
    url = local[0]
    for headers in (
        {"origin": url.rstrip("/"), "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {},
        {"host": url.split("//")[1].rstrip("/").replace("127.0.0.1", "localhost")},
    ):
        assert httpx.get(f"{url}config", headers=headers).status_code == 200


def test_answers_are_guarded(local: tuple[str, Settings]) -> None:
    headers = httpx.get(local[0]).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'self';" in headers["content-security-policy"] + ";"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert httpx.get(f"{local[0]}monitoring").status_code != 200


def test_names_that_an_app_has(monkeypatch: pytest.MonkeyPatch) -> None:
    def hosts(settings: Settings, *names: str) -> list[bool]:
        return [gate.ours(settings).host(name) for name in names]

    asked = ("localhost:7860", "10.0.0.7:7860", "[::1]:7860", "studio.example", "evil.example")
    assert hosts(Settings(), *asked) == [True, False, True, False, False]
    assert hosts(Settings(host="0.0.0.0"), *asked) == [True, True, True, False, False]
    assert hosts(Settings(host="10.0.0.7"), *asked) == [True, True, True, False, False]
    assert hosts(Settings(allow_hosts=("Studio.example",)), *asked) == [True, False, True, True, False]
    monkeypatch.setenv("SPACE_HOST", "eva-studio.hf.space")
    assert hosts(Settings(host="0.0.0.0"), "eva-studio.hf.space", "evil.hf.space") == [True, False]


def test_a_proxy_that_passes_its_own_name_on() -> None:
    """Its page's origin is the name that was allowed; other ports of it are not."""
    ours = gate.ours(Settings(allow_hosts=("studio.example",)))
    for host in ("studio.example", "127.0.0.1:7860"):
        seen = [
            refusal({"host": host, "origin": origin}, "POST", ours)[0]  # type: ignore[arg-type]
            for origin in ("https://studio.example", EVIL, "https://studio.example:8443", "http://localhost")
        ]
        assert seen == [0, 403, 403, 403]


def test_a_space_may_be_shown_by_the_hub_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_ID", "eva/studio")
    monkeypatch.setenv("SYSTEM", "spaces")
    found = gate._protecting(gate.ours(Settings(host="0.0.0.0")).space)
    assert "frame-ancestors 'self' https://huggingface.co https://*.hf.space" in found["content-security-policy"]
    assert "x-frame-options" not in found


def role(url: str, client: httpx.Client, **headers: str) -> str:
    answer = client.post(f"{url}studio/review/session", json={}, headers=headers)
    return str(answer.json()["role"])


def test_the_admin_of_a_local_app_opens_a_link_once(local: tuple[str, Settings]) -> None:
    url, settings = local
    link = who_rules(settings, url).split(": ", 1)[1]
    with httpx.Client() as nobody, httpx.Client() as admin, httpx.Client() as late:
        assert role(url, nobody) == "annotator"
        assert nobody.get(f"{url}studio/admin?code=guess").status_code == 403
        assert admin.get(link, follow_redirects=True).status_code == 200
        assert role(url, admin) == "admin"
        assert "used before" in late.get(link).text and role(url, late) == "annotator"
        for name in owner.PROXIED:  # somebody else's request, by way of a proxy on this machine
            assert role(url, admin, **{name: "for=10.0.0.9"}) == "annotator"
        again = who_rules(settings, url).split(": ", 1)[1]
        assert nobody.get(again, headers={"x-forwarded-for": "10.0.0.9"}).status_code == 403
        for forged in ("0" * 64, "\u00e9"):
            headers = {"cookie": f"{owner.COOKIE}={forged}".encode("latin-1")}
            assert httpx.post(f"{url}studio/review/session", json={}, headers=headers).json()["role"] == "annotator"


def test_who_is_admin_is_said_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "http://127.0.0.1:7860/"
    assert who_rules(Settings(auth=(Login("joe", "x", "admin"), Login("eva", "x"))), url) == "Admin: joe."
    assert "name:password:admin" in who_rules(Settings(auth=(Login("eva", "x"),)), url)
    assert who_rules(Settings(host="0.0.0.0"), url).startswith("Nobody is admin: start it with --auth")
    assert f"{url}studio/admin?code=" in who_rules(Settings(), url)
    monkeypatch.setenv("SPACE_ID", "lab/studio")
    monkeypatch.setenv("SYSTEM", "spaces")
    assert "as lab" in who_rules(Settings(host="0.0.0.0"), url)


def test_a_login_leaves_a_cookie_that_stays_here(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = Settings(data=tmp_path_factory.mktemp("team"), auth=(Login("joe", "secret", "admin"),))
    demo = build(settings)
    url = launched(demo, launch_options(settings))
    answer = httpx.post(f"{url}login", data={"username": "joe", "password": "secret"})
    cookies = answer.headers.get_list("set-cookie")
    assert answer.status_code == 200 and cookies
    assert all("samesite=lax" in cookie.lower() and "none" not in cookie.lower() for cookie in cookies)
    demo.close()


def test_the_link_may_be_the_first_thing_that_is_opened(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Of an app whose data folder is not there yet."""
    settings = Settings(data=tmp_path_factory.mktemp("new") / "data")
    demo = build(settings)
    url = launched(demo, launch_options(settings))
    with httpx.Client() as admin:
        link = who_rules(settings, url).split(": ", 1)[1]
        assert admin.get(link, follow_redirects=True).status_code == 200
        assert role(url, admin) == "admin"
    demo.close()
