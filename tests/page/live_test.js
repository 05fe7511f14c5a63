// The page of a real relay between a real master and real replicas: what is drawn is what the API says, while it says it.
"use strict";

const assert = require("node:assert/strict");
const { isDeepStrictEqual } = require("node:util");
const { after, before, test } = require("node:test");
const { whatIsShown } = require("./drawn.js");
const { RelayScene, until } = require("./relay_scene.js");
const { launch, Visitor } = require("./visitor.js");

let scene;
let browser;
before(async () => {
  scene = await RelayScene.start({ replicas: 3 });
  await scene.command(scene.masterPort, "DEBUG", "POPULATE", "1000");
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await scene?.stop();
});

async function visit(t, more) {
  const visitor = await Visitor.open(browser, scene.url, more);
  t.after(() => visitor.close());
  return visitor;
}
const isClean = (visitor) => {
  assert.deepEqual(visitor.errors, []);
  assert.deepEqual([...visitor.hosts], [new URL(scene.url).host]);
};
const title = ({ titles }) => titles[0];
const exactBytes = (n) => `${String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f")} bytes`;

test("what is drawn is what the API says", async (t) => {
  const visitor = await visit(t);
  const { page } = visitor;
  await page.getByRole("button", { name: "Theme" }).waitFor();
  // Without a byte in the log there is no place on the ruler to stand at.
  await scene.command(scene.masterPort, "SET", "key", "value");
  const { status, shown } = await until(async () => {
    const told = await visitor.picture(
      (one) => one.replicas.online === 3 && one.replicas.items.every(({ ack_offset }) => ack_offset > 0)
    );
    const drawn = await page.evaluate(whatIsShown);
    return drawn.time === told.time && { status: told, shown: drawn };
  }, "a picture that does not change while it is read");

  assert.equal(shown.upstream.offset.text, String(status.upstream.offset));
  assert.equal(shown.upstream["acknowledged to it"].text, String(status.upstream.acked_offset));
  assert.equal(shown.upstream.address.text, status.upstream.address);
  assert.equal(title(shown.upstream["replication id"]), status.upstream.replid);
  assert.equal(shown.upstream.syncs.text, `${status.upstream.syncs.full} full, ${status.upstream.syncs.partial} partial`);
  assert.deepEqual(shown.upstream.received.titles, [
    exactBytes(status.upstream.received_bytes.stream),
    exactBytes(status.upstream.received_bytes.rdb),
  ]);

  assert.equal(title(shown.held["log on disk"]), exactBytes(status.log.bytes));
  assert.equal(shown.held["at offset"].text, String(status.snapshot.offset));
  assert.equal(title(shown.held["free on disk"]), exactBytes(status.storage.free_bytes));
  assert.equal(shown.relay["full syncs spared the master"].text, String(status.replicas.full_syncs_spared));
  assert.deepEqual(
    shown.checks,
    status.checks.map(({ name, text }) => `${name} ${text}`)
  );

  assert.equal(shown.rows.length, status.replicas.total);
  for (const item of status.replicas.items) {
    const row = shown.rows.find(({ id }) => id === item.id);
    assert.equal(row.name, item.name);
    assert.equal(row.state, item.state.replaceAll("_", " "));
    assert.equal(row.cells.ack_offset.text, String(item.ack_offset));
    assert.equal(row.cells.lag_bytes.title, exactBytes(item.lag_bytes));
    assert.equal(row.cells.last_ack_age_seconds.title, `${item.last_ack_age_seconds} s`);
    assert.deepEqual(
      shown.ticks.filter(({ id }) => id === item.id).map(({ offset }) => offset),
      [item.ack_offset]
    );
  }
  const offsets = {
    begin: status.log.start_offset,
    snapshot: status.snapshot.offset,
    durable: status.log.durable_offset,
    end: status.log.end_offset,
  };
  for (const [name, offset] of Object.entries(offsets)) {
    const { start_offset, end_offset } = status.log;
    assert.equal(shown.marks[name].offset, offset, name);
    assert.ok(
      Math.abs(shown.marks[name].x - 1 - ((offset - start_offset) / (end_offset - start_offset)) * (shown.rulerWidth - 2)) < 0.11,
      `${name} is where it belongs`
    );
  }
  assert.deepEqual(
    shown.boxes.map(([name]) => name).sort(),
    [status.upstream.address, status.instance, ...status.replicas.items.map(({ name }) => name)].sort()
  );
  assert.equal(shown.edges, 1 + status.replicas.total);
  assert.ok(shown.footer.includes(status.version));

  const newest = await until(async () => {
    const { events } = await page.evaluate(whatIsShown);
    const told = (await scene.get("/v1/events")).events.reverse().slice(0, events.length);
    const named = (all) => all.map(({ id, time }) => ({ id, time }));
    return events.length > 0 && isDeepStrictEqual(named(events), named(told)) && events;
  }, "the newest events");
  assert.ok(newest.every(({ text }) => /^\d\d:\d\d:\d\d/.test(text)), newest[0].text);
  isClean(visitor);
});

test("the tiles show the newest point of each series", async (t) => {
  const visitor = await visit(t);
  await visitor.picture();
  const { shown, series } = await until(async () => {
    const now = await visitor.page.evaluate(whatIsShown);
    const fitting = [...visitor.series.values()].find(({ points }) =>
      Object.entries(points).every(([name, values]) => now.tiles[name].exact === String(values.at(-1) ?? ""))
    );
    return fitting && { shown: now, series: fitting };
  }, "tiles that fit an answer");
  assert.equal(Object.keys(shown.tiles).length, Object.keys(series.points).length);
});

test("it follows the master's writes", async (t) => {
  const visitor = await visit(t);
  await visitor.picture();
  const before = (await visitor.page.evaluate(whatIsShown)).upstream.offset.text;
  await scene.command(scene.masterPort, "SET", "key", "x".repeat(100_000));
  const offset = await scene.masterOffset();
  await visitor.picture((status) => status.upstream.offset >= offset);
  const shown = await visitor.page.evaluate(whatIsShown);
  assert.ok(Number(shown.upstream.offset.text) >= offset && Number(before) < offset);
  isClean(visitor);
});

test("a replica that leaves leaves the page, and one that comes is there", async (t) => {
  const visitor = await visit(t);
  const replica = scene.processes.find(({ name }) => name === "replica-0");
  await visitor.picture(({ replicas }) => replicas.total === 3);
  await replica.kill();
  await visitor.picture(({ replicas }) => replicas.total === 2);
  assert.equal((await visitor.page.evaluate(whatIsShown)).rows.length, 2);
  replica.start();
  const status = await visitor.picture(({ replicas }) => replicas.online === 3);
  const shown = await visitor.page.evaluate(whatIsShown);
  assert.deepEqual(shown.rows.map(({ id }) => id).sort(), status.replicas.items.map(({ id }) => id).sort());
  isClean(visitor);
});

test("it survives the relay's restart: greyed with its age meanwhile, then live again with the new one's events", async (t) => {
  const visitor = await visit(t);
  const { page } = visitor;
  const before = await visitor.picture(({ replicas }) => replicas.online === 3);
  await scene.relay.kill();
  await page.locator("body.silent").waitFor();
  assert.match(await visitor.text("#silent"), /^The relay does not answer/);
  assert.match(await visitor.text("#silent-age"), /picture of \d\d:\d\d:\d\d, .* old/);
  assert.match(await page.locator("main").evaluate((main) => getComputedStyle(main).filter), /grayscale/);
  assert.equal((await page.evaluate(whatIsShown)).rows.length, 3, "the last picture stays");

  scene.relay.start();
  const fits = ({ run_id, replicas, upstream }) =>
    run_id !== before.run_id && replicas.online === 3 && upstream.state === "streaming";
  const now = await visitor.picture(fits);
  await page.locator("body:not(.silent)").waitFor();
  assert.equal(await visitor.text("#silent"), "");
  const shown = await page.evaluate(whatIsShown);
  const { events } = await scene.get("/v1/events");
  assert.ok(
    events.length > 0 && shown.events.every(({ id, text }) => events.some((event) => event.id === id && text.includes(event.event)))
  );
  assert.ok(shown.upstream.offset.text === String(now.upstream.offset) || shown.time !== now.time);
  // The browser says of each question that was not answered that it was not; nothing else went wrong.
  assert.deepEqual(
    visitor.errors.filter((text) => !text.includes("net::ERR_")),
    []
  );
});

test("without JavaScript it is tables of the same", async (t) => {
  await until(async () => (await scene.get("/v1/status")).upstream.state === "streaming", "the link");
  const visitor = await visit(t, { javaScriptEnabled: false });
  const { page } = visitor;
  const status = await scene.get("/v1/status");
  const rows = Object.fromEntries(
    await Promise.all(
      (await page.locator("table.plain:not(.replicas, .events) tr").all()).map(async (row) => [
        await row.locator("th").innerText(),
        await row.locator("td").innerText(),
      ])
    )
  );
  assert.equal(rows.address, status.upstream.address);
  assert.equal(rows.state, "streaming");
  assert.equal(rows["replication id"], status.upstream.replid);
  assert.ok(Number(rows["ends at"]) <= status.log.end_offset && Number(rows["ends at"]) > 0);
  assert.deepEqual(
    (await page.locator("table.replicas tbody th").allInnerTexts()).sort(),
    status.replicas.items.map(({ name }) => name).sort()
  );
  assert.equal(await page.locator("#asking[open], button").count(), 0);
  isClean(visitor);
});

test("without JavaScript a narrow page has no horizontal scrolling, and the last events are there", async (t) => {
  const visitor = await visit(t, { javaScriptEnabled: false, width: 360 });
  const { page } = visitor;
  const wide = await page.evaluate(() => {
    const found = [...document.querySelectorAll("body *")].filter((one) => {
      const hidden = getComputedStyle(one).clipPath !== "none" || one.closest("thead") !== null;
      return !hidden && (one.getBoundingClientRect().right > innerWidth + 0.5 || (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== "visible"));
    });
    return found.map((one) => `${one.tagName}.${one.className}`);
  });
  assert.deepEqual(wide, []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  assert.ok((await page.locator("table.events tr").count()) > 3);
  assert.ok((await page.locator(".still").innerText()).includes((await scene.get("/v1/status")).instance));
  isClean(visitor);
});

test("through the read-only listener there are no actions", async (t) => {
  const visitor = await visit(t);
  await visitor.picture();
  assert.equal(await visitor.page.locator('#actions, [data-do="ask"]').count(), 0);
  const answer = await fetch(`${scene.url}/v1/upstream/reconnect`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: "{}",
  });
  assert.ok(answer.status === 404 || answer.status === 405 || answer.status === 403, String(answer.status));
});
