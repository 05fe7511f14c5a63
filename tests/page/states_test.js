// The page in states that are hard to bring a real relay into. The document is the relay's own; the states are made.
"use strict";

const assert = require("node:assert/strict");
const { after, afterEach, before, beforeEach, test } = require("node:test");
const { faintTexts, overlaps, tooWide, whatIsShown } = require("./drawn.js");
const { FixtureServer } = require("./fixture_server.js");
const { arriving, madeEvents, troubled } = require("./made_states.js");
const { documentSource } = require("./relay_scene.js");
const { launch, Visitor } = require("./visitor.js");

let browser;
let source;
let fixture;
let visitor;

before(async () => {
  source = await documentSource();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await source?.stop();
});
beforeEach(async () => {
  fixture = await FixtureServer.start({ source: source.url });
});
afterEach(async () => {
  if (visitor) {
    assert.deepEqual(visitor.errors, [], "the console has no errors");
    assert.deepEqual([...visitor.hosts], [new URL(fixture.url).host], "no other host was asked for anything");
    await visitor.close();
    visitor = null;
  }
  await fixture.stop();
});

async function open(state = {}, more = {}) {
  Object.assign(fixture.state, state);
  visitor = await Visitor.open(browser, fixture.url, more);
  await visitor.picture();
  return visitor.page;
}
const next = async (state) => {
  Object.assign(fixture.state, { seconds: fixture.state.seconds + 2 }, state);
  const { seconds } = fixture.state;
  return visitor.picture((status) => Date.parse(status.time) === Date.UTC(2026, 10, 26, 9, 0, seconds));
};
const states = (page) => page.evaluate(whatIsShown);

for (const replicas of [0, 1, 3, 8, 9, 40, 500]) {
  for (const width of [1280, 360]) {
    test(`${replicas} replicas at ${width} pixels: nothing overlaps, nothing is wider than the page`, async () => {
      const page = await open({ replicas }, { width });
      assert.deepEqual(await page.evaluate(overlaps, ".ruler .label"), []);
      assert.deepEqual(await page.evaluate(overlaps, ".topology .box > rect:first-child"), []);
      assert.deepEqual(await page.evaluate(overlaps, ".topology text"), []);
      assert.deepEqual(await page.evaluate(tooWide), { scroll: 0, wide: [] });
    });
  }
}

for (const theme of ["light", "dark"]) {
  for (const [name, state] of Object.entries({
    "some replicas": { replicas: 40 },
    "all troubles": { replicas: 3, change: troubled },
    "the first snapshot": { replicas: 0, change: arriving },
  })) {
    test(`${theme}, ${name}: every text can be read`, async () => {
      const page = await open(state, { theme });
      assert.deepEqual(await page.evaluate(faintTexts), []);
    });
  }
}

test("500 replicas are a page of the table, groups in the picture and a density on the ruler", async () => {
  const page = await open({ replicas: 500 });
  const shown = await states(page);
  assert.equal(shown.rows.length, 25);
  assert.ok(shown.boxes.length <= 7, `${shown.boxes.length} boxes`);
  assert.equal(shown.ticks.length, 0);
  assert.equal(await page.locator(".ruler .density").count(), 1);
  assert.ok(shown.elements < 1600, `${shown.elements} elements`);
  const counted = shown.boxes
    .map(([title]) => /^([\d\u202f]+) (?:online|catching up|sending snapshot|queued|handshake)$/.exec(title))
    .filter((match) => match)
    .reduce((sum, [, number]) => sum + Number(number.replaceAll("\u202f", "")), 0);
  assert.equal(counted, 500);
});

test("between two pictures the rows stay the same elements, and nothing is added", async () => {
  const page = await open({ replicas: 500 });
  await page.evaluate(() => {
    window.added = 0;
    window.firstRow = document.querySelector("#replicas tbody tr");
    new MutationObserver((changes) =>
      changes.forEach((change) => {
        window.added += [...change.addedNodes].filter((node) => node.nodeType === Node.ELEMENT_NODE).length;
      })
    ).observe(document.getElementById("replicas"), { childList: true, subtree: true });
  });
  await next();
  assert.ok(await page.evaluate(() => window.firstRow.isConnected));
  assert.ok((await page.evaluate(() => window.added)) < 120, "a renewal changes texts, it does not build the table again");
});

test("the table is leafed through, and says where it is", async () => {
  const page = await open({ replicas: 60 });
  const first = (await states(page)).rows.map(({ id }) => id);
  assert.match(await visitor.text("#replicas .pages"), /1 to 25 of 60/);
  await page.getByRole("button", { name: "Next" }).click();
  const second = (await states(page)).rows.map(({ id }) => id);
  assert.equal(new Set([...first, ...second]).size, 50);
  await page.getByRole("button", { name: "Next" }).click();
  assert.equal((await states(page)).rows.length, 10);
  assert.ok(await page.getByRole("button", { name: "Next" }).isDisabled());
});

test("it is sorted by each column with the keyboard alone, and says by which", async () => {
  const page = await open({ replicas: 20 });
  const values = {
    Replica: "name",
    Lag: "lag_bytes",
    "Lag, time": "lag_seconds",
    "Last ack": "last_ack_age_seconds",
    Acknowledged: "ack_offset",
    Queue: "queue_bytes",
  };
  const { items } = [...visitor.statuses.values()].at(-1).replicas;
  const byId = new Map(items.map((item) => [item.id, item]));
  for (const [title, key] of Object.entries(values)) {
    const head = page.locator("#replicas thead button").filter({ hasText: new RegExp(`^${title}$`) });
    await head.focus();
    for (let turn = 0; turn < 2; ++turn) {
      await page.keyboard.press("Enter");
      const order = await page.locator("#replicas th[aria-sort]").getAttribute("aria-sort");
      const listed = (await states(page)).rows.map(({ id }) => byId.get(id)[key]);
      const known = listed.filter((value) => value !== null);
      assert.deepEqual(
        listed.slice(known.length).filter((value) => value !== null),
        [],
        `${title}: unknown ones come last`
      );
      const inOrder = [...known].sort((a, b) => (a < b ? -1 : 1));
      assert.deepEqual(known, order === "ascending" ? inOrder : inOrder.reverse(), `${title}, ${order}`);
      assert.equal(await page.evaluate(() => document.activeElement.textContent), title, "the focus stays");
    }
  }
});

test("a text and a state narrow the table, and stay through the next pictures", async () => {
  const page = await open({ replicas: 60 });
  await page.getByRole("searchbox").fill("10.20.0.15");
  assert.deepEqual(
    (await states(page)).rows.map(({ name }) => name.replace(/:.*/, "")),
    ["10.20.0.15"]
  );
  await next();
  assert.equal(await page.getByRole("searchbox").inputValue(), "10.20.0.15");
  assert.equal((await states(page)).rows.length, 1);
  await page.getByRole("searchbox").fill("");
  await page.locator('#replicas .chip[data-state="queued"]').click();
  const rows = (await states(page)).rows;
  assert.ok(rows.length > 0 && rows.every(({ state }) => state === "queued"), JSON.stringify(rows));
  assert.equal(await page.locator('#replicas .chip[aria-pressed="true"]').innerText(), `queued ${rows.length}`);
  await page.getByRole("searchbox").fill("nobody");
  assert.match(await visitor.text("#replicas .nothing"), /None of them matches/);
});

test("a full sync has a bar with what is sent, the rate and the time that is left", async () => {
  const page = await open({ replicas: 3 });
  const status = await next();
  const sending = status.replicas.items.find(({ state }) => state === "sending_rdb");
  const row = (await states(page)).rows.find(({ id }) => id === sending.id);
  assert.equal(row.cells.state.bar, sending.rdb.sent_bytes);
  assert.match(row.cells.state.text, /of 700 MiB · 22\.9 MiB\/s · \d+ s left/);
});

test("a full sync that stands still says for how long, and no rate", async () => {
  const page = await open({
    replicas: 3,
    change: (status) => {
      const { rdb } = status.replicas.items.find(({ state }) => state === "sending_rdb");
      Object.assign(rdb, { rate_bytes_per_second: 0, eta_seconds: null, stalled_seconds: 31 });
    },
  });
  assert.match(await visitor.text("#replicas .progress"), /of 700 MiB · stalled for 31 s$/);
  assert.match(await page.locator(".topology").textContent(), /stalled for 31 s/);
});

test("a replica that hangs, or is nearly out of the log, has a word and another tone everywhere", async () => {
  let ids;
  const page = await open({
    replicas: 8,
    change: (status) => {
      const online = status.replicas.items.filter(({ state }) => state === "online");
      online[0].last_ack_age_seconds = 31;
      online[1].lag_bytes = 0.9 * Math.max(status.log.end_offset - status.log.start_offset, status.log.limit_bytes);
      ids = online.map(({ id }) => id);
    },
  });
  await next();
  const row = (id) => page.locator(`#replicas tr[data-key="${id}"] .badge`);
  assert.equal(await row(ids[0]).innerText(), "online, silent for 31 s");
  assert.equal(await row(ids[1]).innerText(), "online, nearly out of the log");
  assert.equal(await row(ids[2]).innerText(), "online");
  for (const [id, tone] of [[ids[0], "waits"], [ids[1], "waits"], [ids[2], "good"]]) {
    assert.ok((await row(id).getAttribute("class")).includes(tone));
    assert.ok((await page.locator(`.ruler .tick[data-key="${id}"]`).getAttribute("class")).includes(tone));
    assert.ok((await page.locator(`.topology g[data-key="${id}"] .edge`).getAttribute("class")).includes(tone));
  }
});

test("connections in TLS have a word for it", async () => {
  const page = await open({ replicas: 3, change: (status) => (status.upstream.tls = true) });
  const status = await next({ replicas: 3, change: (changed) => (changed.upstream.tls = true) });
  assert.equal(await page.locator("#upstream .tls").innerText(), "TLS");
  assert.equal(await page.locator("#replicas tbody .tls").count(), status.replicas.items.filter(({ tls }) => tls).length);
  assert.match(await page.locator(".topology .box.master").textContent(), /TLS/);
});

test("a snapshot of unknown size has a bar without an end", async () => {
  const page = await open({
    replicas: 3,
    change: (status) => {
      const { rdb } = status.replicas.items.find(({ state }) => state === "sending_rdb");
      Object.assign(rdb, { total_bytes: null, eta_seconds: null });
    },
  });
  const bar = page.locator("#replicas progress");
  assert.equal(await bar.getAttribute("value"), null);
  assert.match(await visitor.text("#replicas .progress"), /of an unknown size/);
});

test("every trouble is said in words", async () => {
  const page = await open({ change: troubled });
  const status = await next();
  const shown = await states(page);
  assert.deepEqual(
    shown.warnings,
    status.warnings.map(({ code, message }) => `${code.replaceAll("_", " ")} ${message}`)
  );
  assert.deepEqual(
    shown.checks.map((text) => text.replace(" (does not count)", "")),
    status.checks.map(({ name, text }) => `${name} ${text}`)
  );
  const text = await visitor.text("main");
  for (const part of [
    "waiting to connect again",
    "Last error: Connection refused",
    "Not read for now",
    "not ready",
    "The log is in memory alone: No space left on device",
    "The last reload was refused: relay.yaml:12:3",
    "Waits for a restart: listen.port, data-dir",
  ]) {
    assert.ok(text.includes(part), part);
  }
  assert.match(await page.title(), /^not ready: /);
  await next({ change: () => {} });
  assert.deepEqual((await states(page)).warnings, [], "and no longer when it is over");
});

test("before the first sync it shows how far the snapshot is", async () => {
  const page = await open({ replicas: 0, change: arriving });
  assert.equal(await page.locator("#upstream progress").evaluate((bar) => bar.value), 201326592);
  assert.match(await visitor.text("#upstream .transfer"), /192 MiB of 700 MiB · 94\.0 MiB\/s · 5\.4 s left/);
  assert.match(await visitor.text("#log"), /The log holds nothing yet/);
  assert.match(await visitor.text("#replicas"), /No replica is connected/);
});

test("what peers say of themselves stays text", async () => {
  const evil = '<img src=x onerror="alert(1)"><script>alert(2)</script>';
  const page = await open({
    replicas: 3,
    change: (status) => {
      status.replicas.items.forEach((item) => Object.assign(item, { name: evil, peer: evil }));
      status.upstream.last_error = status.upstream.address = status.instance = evil;
      status.warnings = [{ code: "min_replicas", message: evil }];
    },
    events: [{ id: 1, time: "2026-11-26T09:00:00Z", level: "warn", event: evil, reason: evil }],
  });
  assert.equal(await page.locator("img, main script").count(), 0);
  assert.ok((await visitor.text("main")).includes(evil));
  assert.ok((await visitor.text("#warnings")).includes(evil));
});

test("events are the newest first, filtered by level, and gaps are said", async () => {
  const events = madeEvents(60).filter(({ id }) => id < 20 || id > 30);
  const page = await open({ events });
  let shown = await states(page);
  assert.deepEqual(
    shown.events.map(({ id }) => id),
    Array.from({ length: 20 }, (_, i) => 60 - i)
  );
  assert.match(shown.events[0].text, /replica\.closed.*replica 10\.20\.0\.4:6379.*reason it closed the connection/);
  await page.getByRole("button", { name: "Older" }).click();
  assert.equal((await states(page)).events.filter(({ id }) => id).length, events.length);
  assert.match(await visitor.text("#events .lost"), /^11 events between these are no longer held$/);
  await page.getByRole("button", { name: "errors", exact: true }).click();
  shown = await states(page);
  assert.ok(shown.events.length > 0 && shown.events.every(({ text }) => text.includes("storage.degraded")));
  await page.getByRole("button", { name: "all", exact: true }).click();
  await next({ events: [...events, { id: 61, time: "2026-11-26T09:00:01Z", level: "info", event: "relay.status" }] });
  assert.equal((await states(page)).events[0].id, 61);
});

test("a page that nobody sees asks nothing, and asks at once when it is seen again", async () => {
  const page = await open();
  const hide = (hidden) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  // The clock of the page is turned by hand from here on: no answer is waited for that must not come.
  await page.clock.install();
  await next();
  await hide(true);
  const asked = fixture.asked.length;
  await page.clock.runFor(60_000);
  await page.evaluate(() => fetch("/v1/series?sentinel")); // behind whatever was asked before it
  assert.equal(fixture.asked.length, asked + 1);
  await hide(false);
  await next();
});

test("the theme is the system's until one is chosen, and the choice is remembered", async () => {
  const page = await open({}, { theme: "dark" });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.emulateMedia({ colorScheme: "light" });
  const light = await ground();
  assert.notEqual(dark, light);
  await page.getByRole("button", { name: /Theme: system/ }).click();
  assert.equal(await ground(), dark);
  await page.reload();
  await page.getByRole("button", { name: /Theme: dark/ }).waitFor();
  assert.equal(await ground(), dark);
});

test("it has landmarks, one heading, names for what is drawn and for what can be used", async () => {
  const page = await open({ replicas: 3 });
  for (const role of ["banner", "main", "contentinfo", "navigation"]) assert.equal(await page.getByRole(role).count(), 1, role);
  assert.equal(await page.locator("h1").count(), 1);
  assert.deepEqual(
    await page.evaluate(() =>
      [...document.querySelectorAll("svg[role=img], button, input, progress")]
        .filter((one) => !one.getAttribute("aria-label") && one.textContent.trim() === "")
        .map((one) => one.outerHTML)
    ),
    []
  );
  assert.equal(await page.getByRole("table", { name: "Replicas" }).getByRole("columnheader").count(), 8);
  assert.equal(await page.getByRole("status").count(), 2);
});
