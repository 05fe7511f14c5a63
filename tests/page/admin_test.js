// The page through the admin listener: each action is asked about, then done by the real relay.
"use strict";

const assert = require("node:assert/strict");
const { after, before, test } = require("node:test");
const { RelayScene, until } = require("./relay_scene.js");
const { launch, Visitor } = require("./visitor.js");

let scene;
let browser;
before(async () => {
  scene = await RelayScene.start({ replicas: 1 });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await scene?.stop();
});

// A visitor who has given the token, by way of the log level.
async function admin(t) {
  const visitor = await Visitor.open(browser, scene.adminUrl);
  t.after(() => visitor.close());
  await visitor.picture();
  await choose(visitor, "Set the log level");
  await confirm(visitor, "Set the log level");
  await visitor.page.getByLabel("The admin token").fill(scene.token);
  await confirm(visitor, "Set the log level");
  await visitor.page.locator("#said p").waitFor();
  // The browser notes each answer that is not a success: here the one 401 that asks for the token.
  visitor.errors = visitor.errors.filter((text) => !text.includes("401"));
  return visitor;
}
const choose = (visitor, name) => visitor.page.locator("#actions").getByRole("button", { name }).click();
const confirm = (visitor, name) => visitor.page.getByRole("dialog").getByRole("button", { name, exact: true }).click();
const said = (visitor, text) => visitor.page.locator("#said p").filter({ hasText: text }).waitFor();

test("a wrong token is refused, the right one is taken, and neither is stored or shown", async (t) => {
  const visitor = await Visitor.open(browser, scene.adminUrl);
  t.after(() => visitor.close());
  const { page } = visitor;
  await visitor.picture();
  await choose(visitor, "Set the log level");
  await confirm(visitor, "Set the log level");
  await page.getByLabel("The admin token").fill("a wrong one");
  await confirm(visitor, "Set the log level");
  await page.getByRole("dialog").getByRole("alert").filter({ hasText: "does not take this token" }).waitFor();
  await page.getByLabel("The admin token").fill(scene.token);
  await confirm(visitor, "Set the log level");
  await page.locator("#said p").waitFor();
  assert.equal(await page.getByRole("dialog").count(), 0);
  const kept = await page.evaluate(
    () =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]) +
      document.documentElement.outerHTML
  );
  assert.ok(!kept.includes(scene.token));
});

test("an action is explained first, and is not done when it is cancelled", async (t) => {
  const visitor = await admin(t);
  const posts = [];
  visitor.page.on("request", (request) => {
    if (request.method() === "POST") posts.push(request.url());
  });
  await choose(visitor, "Drain");
  const dialog = visitor.page.getByRole("dialog", { name: "Drain" });
  assert.match(await dialog.innerText(), /no longer ready and refuses new replicas/);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "hidden" });
  await choose(visitor, "Drain");
  await visitor.page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  assert.deepEqual(posts, []);
  assert.equal((await scene.get("/v1/status")).draining, false);
  assert.deepEqual(visitor.errors, []);
});

test("a replica that is disconnected comes again under another id", async (t) => {
  const visitor = await admin(t);
  const [{ id, name }] = (await scene.get("/v1/status")).replicas.items;
  await visitor.page.getByRole("button", { name: `Disconnect ${name}` }).click();
  assert.match(await visitor.page.getByRole("dialog").innerText(), new RegExp(name.replaceAll(".", "\\.")));
  await confirm(visitor, "Disconnect the replica");
  const status = await visitor.picture(({ replicas }) => replicas.online === 1 && replicas.items[0].id !== id);
  assert.equal(status.replicas.items[0].sync_kind, "partial");
  assert.deepEqual(visitor.errors, []);
});

test("the link to the master is made again", async (t) => {
  const visitor = await admin(t);
  const before = (await scene.get("/v1/status")).upstream.connects;
  await choose(visitor, "Reconnect to the master");
  await confirm(visitor, "Reconnect to the master");
  await visitor.picture(({ upstream }) => upstream.connects > before && upstream.state === "streaming");
  assert.deepEqual(visitor.errors, []);
});

test("a fresh snapshot is fetched", async (t) => {
  const visitor = await admin(t);
  const before = await until(async () => {
    const status = await scene.get("/v1/status");
    return status.upstream.state === "streaming" && status.snapshot;
  }, "a snapshot");
  await scene.command(scene.masterPort, "SET", "key", "value");
  await choose(visitor, "Fetch a fresh snapshot");
  await confirm(visitor, "Fetch a fresh snapshot");
  await visitor.picture(({ snapshot }) => snapshot !== null && snapshot.taken !== before.taken);
  assert.deepEqual(visitor.errors, []);
});

test("a reload says what became of it", async (t) => {
  const visitor = await admin(t);
  await choose(visitor, "Reload the configuration");
  await confirm(visitor, "Reload the configuration");
  await said(visitor, "Reloaded");
  assert.deepEqual(visitor.errors, []);
});

test("a relay that is drained is shown so, and takes replicas again when told to", async (t) => {
  const visitor = await admin(t);
  await choose(visitor, "Drain");
  await confirm(visitor, "Drain");
  await visitor.picture(({ draining }) => draining);
  assert.match(await visitor.text("#relay header"), /draining/);
  await choose(visitor, "Take replicas again");
  await confirm(visitor, "Take replicas again");
  await visitor.picture(({ draining, ready, replicas }) => !draining && ready && replicas.online === 1);
  assert.deepEqual(visitor.errors, []);
});
