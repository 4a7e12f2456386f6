"""The admin has the app open and looks at a foreign page, which tries what it can with the admin's cookies."""

import http.server
import threading
from collections.abc import Iterator

import pytest
from annotator import Desk

from annotation import people

# It joins the queue with what sets a role in the Dataset tab, asks as the desk does, reads clips.
PAGE = """<!doctype html><title>evil</title><img id=stolen><script>
const app = new URLSearchParams(location.search).get("app"), read = [];
const ask = async (path, options) => {
  try {
    const answer = await fetch(app + path, { credentials: "include", ...options });
    read.push(path + ": " + (await answer.text()).length);
  } catch (error) { /* refused by the browser */ }
};
const json = { "content-type": "application/json" }, text = { "content-type": "text/plain" };
(async () => {
  for (let fn_index = 0; fn_index < 80; fn_index++)
    for (const headers of [json, text]) {
      const asked = { data: ["stranger", "admin", true], fn_index, session_hash: "evil", trigger_id: 1 };
      await ask("gradio_api/queue/join", { method: "POST", headers, body: JSON.stringify(asked) });
    }
  for (const action of ["session", "claim", "pseudonym"])
    await ask("studio/review/" + action, { method: "POST", headers: text, body: "{}" });
  for (const path of ["studio/clips/1/video", "studio/clips/1/track", "config", "gradio_api/info"]) await ask(path);
  const image = document.getElementById("stolen");
  image.onerror = () => { document.title = "done " + JSON.stringify(read); };
  image.onload = () => { document.title = "done, and a picture"; };
  image.src = app + "studio/clips/1/video";
})();
</script>"""


@pytest.fixture(params=["127.0.0.1", "evil.example"])
def evil(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the foreign page is: at another port of the same host, to which cookies are sent, or at another host."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(PAGE.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{request.param}:{server.server_port}/"
    server.shutdown()


def test_a_foreign_page_changes_and_learns_nothing(team: Desk, evil: str) -> None:
    page = team.visit("joe")
    before = [(person.name, person.role) for person in people.everybody(team.store, "maker")]
    foreign = page.context.new_page()
    foreign.goto(f"{evil}?app={team.url}")
    foreign.wait_for_function("document.title.startsWith('done')")
    assert foreign.title() == "done []"
    assert [(person.name, person.role) for person in people.everybody(team.store, "maker")] == before


def test_a_foreign_page_cannot_put_the_app_in_a_frame(team: Desk, evil: str) -> None:
    page = team.visit("joe")
    foreign = page.context.new_page()
    foreign.goto(evil)
    foreign.evaluate(
        "app => document.body.append(Object.assign(document.createElement('iframe'), { src: app }))", team.url
    )
    foreign.wait_for_timeout(1500)
    assert all(frame.query_selector("gradio-app") is None for frame in foreign.frames[1:])
