import assert from "node:assert/strict";
import { test } from "node:test";

import { Courier, PAUSE, RETRY } from "../../../../studio/review/desk/courier.js";
import { Outbox } from "../../../../studio/review/desk/outbox.js";
import { Refused } from "../../../../studio/review/desk/server.js";
import { openStorage, parsed } from "../../../../studio/review/desk/storage.js";
import { draftOf } from "../../../../studio/review/desk/work.js";
import { storage, work } from "./samples.js";

/** @import { Draft, News } from "../../../../studio/review/desk/types.d.ts" */
/** @import { TestContext } from "node:test" */

/** @param {Partial<Draft>} fields @returns {Draft} */
const draft = (fields = {}) => ({ ...draftOf(work()), sequence: 1, ...fields });

/**
 * A courier whose server answers when it is told to; time stands still.
 * @param {TestContext} t
 */
function post(t) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {{ action: string, body: any, options: RequestInit, answer: (value: any) => void, refuse: (error: any) => void }[]} */
  const asked = [];
  /** @type {[number, News][]} */
  const heard = [];
  const outbox = new Outbox("anna", storage());
  const ask = (/** @type {any} */ action, /** @type {any} */ body, /** @type {any} */ options) =>
    new Promise((answer, refuse) => asked.push({ action, body, options, answer, refuse }));
  const courier = new Courier(outbox, /** @type {any} */ (ask), (clip, news) => heard.push([clip, news]));
  const settle = async () => {
    for (let i = 0; i < 10; i++) await null;
  };
  const last = () => heard[heard.length - 1][1];
  return { courier, outbox, asked, heard, settle, last, after: (/** @type {number} */ ms) => t.mock.timers.tick(ms) };
}

test("the newest draft of each clip waits, of one person alone", () => {
  const kept = storage();
  const outbox = new Outbox("anna", kept);
  outbox.put(draft());
  outbox.put(draft({ sequence: 2 }));
  outbox.put(draft({ clip: 8 }));
  assert.deepEqual([...outbox.clips()].sort(), [7, 8]);
  assert.equal(new Outbox("anna", kept).get(7)?.sequence, 2, "it outlives the tab");
  assert.deepEqual(new Outbox("ben", kept).clips(), []);
  outbox.forget(7);
  assert.deepEqual(outbox.clips(), [8]);
  assert.equal(outbox.get(7), null);
});

test("where the browser keeps nothing the tab still does, and it is known", () => {
  const kept = storage();
  const outbox = new Outbox("anna", kept);
  kept.full = true;
  outbox.put(draft());
  assert.equal(outbox.kept, false);
  assert.equal(outbox.get(7)?.sequence, 1);
  assert.deepEqual(outbox.clips(), [7]);
  kept.full = false;
  outbox.put(draft({ sequence: 2 }));
  assert.equal(outbox.kept, true);
});

test("a storage that refuses everything breaks nothing", () => {
  const refusing = openStorage(() => {
    throw new Error("SecurityError");
  });
  assert.deepEqual([refusing.get("a"), refusing.set("a", "b"), refusing.remove("a"), refusing.keys()], [null, false, undefined, []]);
  assert.deepEqual([parsed("{"), parsed(null), parsed("[1]")], [null, null, [1]]);
});

test("a draft is sent after some quiet, the newest alone, and forgotten once it is acknowledged", async (t) => {
  const { courier, outbox, asked, settle, last, after } = post(t);
  courier.post(draft());
  after(PAUSE - 1);
  courier.post(draft({ sequence: 2 }));
  after(PAUSE - 1);
  assert.equal(asked.length, 0);
  after(1);
  assert.deepEqual(asked.map(({ action, body }) => [action, body.sequence]), [["save", 2]]);
  assert.equal(asked[0].options.keepalive, true);
  asked[0].answer({ number: 2 });
  await settle();
  assert.deepEqual(last(), { kind: "saved", revision: { number: 2 } });
  assert.equal(outbox.get(7), null);
});

test("what is changed while a draft flies is sent after it, on top of it", async (t) => {
  const { courier, outbox, asked, settle, last, after } = post(t);
  courier.post(draft(), 0);
  after(0);
  courier.post(draft({ sequence: 2 }), 0);
  after(0);
  assert.equal(asked.length, 1, "one request a clip at a time");
  asked[0].answer({ number: 4 });
  await settle();
  assert.equal(last().kind, "saving");
  assert.equal(outbox.get(7)?.seen, 4);
  after(0);
  assert.deepEqual([asked[1].body.sequence, asked[1].body.seen], [2, 4]);
});

test("without an answer it is tried again, ever less often", async (t) => {
  const { courier, asked, settle, last, after } = post(t);
  courier.post(draft(), 0);
  after(0);
  for (const [i, pause] of [...RETRY, RETRY[RETRY.length - 1]].entries()) {
    asked[i].refuse(new Refused(i % 2 ? 507 : 0, { error: "no" }));
    await settle();
    assert.equal(last().kind, i % 2 ? "failing" : "offline");
    after(pause - 1);
    assert.equal(asked.length, i + 1);
    after(1);
    assert.equal(asked.length, i + 2);
  }
  assert.deepEqual(RETRY, [...new Set(RETRY)].sort((a, b) => a - b));
  asked[asked.length - 1].answer({ number: 2 });
  await settle();
  assert.equal(last().kind, "saved");
});

test("what a person has to decide on waits for them", async (t) => {
  const { courier, outbox, asked, settle, last, after } = post(t);
  courier.post(draft({ verdict: "accepted" }), 0);
  after(0);
  assert.equal(asked[0].action, "decide");
  asked[0].refuse(new Refused(409, { error: "anna saved", head: {} }));
  await settle();
  assert.equal(last().kind, "conflict");
  assert.deepEqual(last().answer, { error: "anna saved", head: {} });
  assert.equal(outbox.get(7)?.stuck, true);
  courier.all();
  assert.equal(asked.length, 1);
  courier.all(true);
  assert.equal(asked.length, 2);
  assert.ok(!("stuck" in asked[1].body));
});

test("what was changed before a conflict is told belongs to it", async (t) => {
  const { courier, asked, heard, settle, after } = post(t);
  courier.post(draft(), 0);
  after(0);
  courier.post(draft({ sequence: 2 }));
  asked[0].refuse(new Refused(409, { error: "somebody saved" }));
  await settle();
  assert.ok(heard.every(([, news]) => news.kind === "saving"), "it is told of the newest one");
  after(0);
  assert.equal(asked[1].body.sequence, 2);
});

test("after a login has ended the draft is kept as it is", async (t) => {
  const { courier, outbox, asked, settle, last, after } = post(t);
  courier.post(draft(), 0);
  after(0);
  asked[0].refuse(new Refused(401, { error: "log in" }));
  await settle();
  assert.deepEqual([last().kind, last().status, outbox.get(7)?.stuck], ["refused", 401, undefined]);
});

test("to send now says whether there was anything, and long drafts do not outlive the page", (t) => {
  const { courier, asked, after } = post(t);
  assert.equal(courier.now(7), false);
  courier.post(draft({ note: "x".repeat(60_000) }));
  assert.equal(courier.now(7), true);
  after(0);
  assert.equal(asked[0].options.keepalive, false);
});
