// The relay answers as openapi.yaml says: each operation, good and bad, against a running one with a master and replicas.
//
// The tests share one relay and come in this order; the last one stops it.
"use strict";

const assert = require("node:assert");
const http = require("node:http");
const { urlToHttpOptions } = require("node:url");
const { after, before, test } = require("node:test");
const openapi = require("@redocly/openapi-core");
const { RelayScene, until } = require("../page/relay_scene.js");
const { Description, kFile } = require("./description.js");

const description = new Description();
const seen = new Set(); // "GET /v1/status 200"
let scene = null;

before(async () => {
  scene = await RelayScene.start({ replicas: 2 });
});
after(async () => {
  if (scene) await scene.stop();
});

// fetch() sets Host and Origin itself.
function ask(base, method, route, { headers = {}, body = null } = {}) {
  return new Promise((done, fail) => {
    const where = base.startsWith("unix:") ? { socketPath: base.slice(5, -1), path: route } : new URL(base + route);
    const options = base.startsWith("unix:") ? { ...where, method, headers } : { ...urlToHttpOptions(where), method, headers };
    const request = http.request(options, (answer) => {
      const pieces = [];
      answer.on("data", (piece) => pieces.push(piece));
      answer.on("end", () => done({ status: answer.statusCode, type: answer.headers["content-type"] ?? "", headers: answer.headers,
        body: Buffer.concat(pieces).toString("latin1") }));
    });
    request.on("error", fail);
    request.end(body);
  });
}

const withToken = (more = {}) => ({ Authorization: `Bearer ${scene.token}`, "Content-Type": "application/json", ...more });

async function expect(status, base, method, route, described = route.split("?")[0], options = {}) {
  const answer = await ask(base, method, route, options);
  assert.equal(answer.status, status, `${method} ${route}: ${answer.body}`);
  const name = description.check(described, method, answer);
  seen.add(`${method} ${described} ${name}`);
  return answer;
}

const change = (status, route, body, described = route) => expect(status, scene.adminUrl, "POST", route, described,
  { headers: withToken(), body: body === undefined ? "" : JSON.stringify(body) });

const firstReplica = async () => (await scene.get("/v1/replicas")).items[0].id;

test("the description is sound", async () => {
  const config = await openapi.createConfig({ extends: ["recommended-strict"], rules: { "operation-4xx-response": "error" } });
  const found = await openapi.lint({ ref: kFile, config });
  assert.deepEqual(found.map((one) => `${one.ruleId}: ${one.message} at ${one.location[0]?.pointer}`), []);
});

test("the relay serves the description itself", async () => {
  const answer = await expect(200, scene.url, "GET", "/openapi.yaml");
  assert.equal(answer.body, Buffer.from(description.text).toString("latin1"));
});

test("what reads is answered on both listeners, as described", async () => {
  for (const base of [scene.url, scene.adminUrl]) {
    for (const { route, method, isAdmin } of description.operations()) {
      if (isAdmin) continue;
      const asked = route.replace("{id}", await firstReplica());
      await expect(200, base, method, asked, route);
    }
  }
  await expect(200, scene.url, "GET", "/readyz?verbose", "/readyz");
  await expect(200, scene.url, "GET", "/v1/replicas?state=online&limit=1", "/v1/replicas");
  await expect(200, scene.url, "GET", "/v1/status?limit=0", "/v1/status");
});

test("bad queries are problems, as described", async () => {
  for (const route of ["/v1/status?limit=x", "/v1/replicas?state=on", "/v1/replicas?limit=0", "/v1/replicas?after=7", "/v1/events?since=x",
    "/v1/events?limit=-1", "/readyz?exclude=everything", "/livez?exclude=zz", "/healthz?exclude=zz"]) {
    await expect(400, scene.url, "GET", route);
  }
  await expect(404, scene.url, "GET", "/v1/replicas/r999999", "/v1/replicas/{id}");
});

test("each operation refuses another method, and names its own", async () => {
  for (const { route, method } of description.operations()) {
    const answer = await ask(scene.adminUrl, "DELETE", route.replace("{id}", "r1"), { headers: withToken() });
    assert.equal(answer.status, 405, route);
    assert.match(answer.headers.allow, new RegExp(method), route);
  }
  assert.equal((await ask(scene.url, "GET", "/v1/nothing")).status, 404);
});

test("each change and the download are refused on the read-only listener", async () => {
  for (const { route, method, isAdmin } of description.operations()) {
    if (isAdmin) await expect(403, scene.url, method, route.replace("{id}", "r1"), route, { headers: withToken() });
  }
});

test("each of them needs the token, a Host of ours, no other Origin, and JSON", async () => {
  for (const { route, method, isAdmin } of description.operations()) {
    if (!isAdmin) continue;
    const asked = route.replace("{id}", "r1");
    const json = { "Content-Type": "application/json" };
    await expect(401, scene.adminUrl, method, asked, route, { headers: json });
    await expect(401, scene.adminUrl, method, asked, route, { headers: { ...json, Authorization: "Bearer wrong" } });
    await expect(403, scene.adminUrl, method, asked, route, { headers: withToken({ Host: "evil.example" }) });
    await expect(403, scene.adminUrl, method, asked, route, { headers: withToken({ Origin: "http://evil.example" }) });
    if (method !== "POST") continue;
    await expect(415, scene.adminUrl, method, asked, route, { headers: withToken({ "Content-Type": "text/plain" }) });
    await expect(413, scene.adminUrl, method, asked, route, { headers: withToken({ "Content-Length": 2 ** 21 }) });
    await expect(400, scene.adminUrl, method, asked, route, { headers: withToken(), body: "{" });
    await expect(400, scene.adminUrl, method, asked, route, { headers: withToken(), body: '{"unknown":1}' });
  }
});

test("a browser's request comes by a name of ours and from a page of ours, on every listener", async () => {
  const listeners = [scene.url, scene.adminUrl, `unix:${scene.adminSocket}:`];
  for (const base of listeners) {
    const at = (status, headers) => expect(status, base, "GET", "/v1/status", "/v1/status", { headers });
    await at(200, { Host: "localhost:8480", Origin: "http://localhost:8480" }); // as over `ssh -L`
    await at(403, { Host: "localhost:8480", Origin: "http://evil.example" });
    await at(403, { Host: "evil.example", Origin: "http://evil.example" }); // its name was made to lead to us
    await at(403, { Host: "localhost:8480", Origin: "null" });
    await at(base === scene.url ? 200 : 403, { Host: "relay.example" }); // a probe, Prometheus
    await at(base === scene.adminUrl ? 403 : 200, { Host: "relay" }); // curl --unix-socket
  }
  const socket = listeners[2];
  const evil = { "Content-Type": "application/json", Host: "evil.example", Origin: "http://evil.example" };
  await expect(403, socket, "POST", "/v1/undrain", "/v1/undrain", { headers: evil });
  await expect(409, socket, "POST", "/v1/undrain", "/v1/undrain", { headers: { "Content-Type": "application/json" } });
});

test("without `since` the newest events come, with it the first behind it", async () => {
  const ids = async (query) => JSON.parse((await expect(200, scene.url, "GET", `/v1/events?${query}`, "/v1/events")).body);
  const newest = await ids("limit=1");
  assert.deepEqual(newest.events.map((one) => one.id), [newest.newest]);
  assert.deepEqual((await ids("since=0&limit=2")).events.map((one) => one.id), [1, 2]);
});

test("reading on the admin listener needs a Host of ours too", async () => {
  await expect(403, scene.adminUrl, "GET", "/v1/status", "/v1/status", { headers: { Host: "evil.example" } });
});

test("each change is done, as described", async () => {
  await change(200, "/v1/loglevel", { level: "debug" });
  await change(200, "/v1/config/check", { text: "threads: 0\nprot: 1\n" });
  await change(200, "/v1/reload");
  await change(200, "/v1/upstream/reconnect", {});
  await until(async () => (await scene.get("/v1/status")).upstream.state === "streaming", "the link");
  await change(200, "/v1/upstream", { host: "127.0.0.1", port: scene.masterPort });
  await change(202, "/v1/snapshot");
  await until(async () => (await scene.get("/v1/snapshots")).refreshes === 1, "the fresh snapshot");
  await change(200, "/v1/replicas/{id}/disconnect".replace("{id}", await firstReplica()), {}, "/v1/replicas/{id}/disconnect");
  await change(404, "/v1/replicas/r999999/disconnect", {}, "/v1/replicas/{id}/disconnect");
  await change(202, "/v1/drain", { timeout: "5s" });
  await expect(503, scene.url, "GET", "/readyz");
  await expect(200, scene.url, "GET", "/readyz?exclude=draining", "/readyz");
  await change(200, "/v1/undrain");
  await change(409, "/v1/undrain");
  await change(200, "/v1/upstream/resync", { kind: "full", confirm: true });
  await until(async () => {
    const { upstream } = await scene.get("/v1/status");
    return upstream.syncs.full === 2 && upstream.state === "streaming";
  }, "the full sync");
});

test("the snapshot is given whole, in part, and not beyond its end", async () => {
  const headers = withToken();
  await until(async () => (await scene.get("/v1/snapshots")).whole !== null, "a whole snapshot");
  const whole = await expect(200, scene.adminUrl, "GET", "/v1/rdb", "/v1/rdb", { headers });
  assert.ok(whole.body.startsWith("REDIS"));
  const part = await expect(206, scene.adminUrl, "GET", "/v1/rdb", "/v1/rdb",
    { headers: { ...headers, Range: "bytes=5-", "If-Range": whole.headers.etag } });
  assert.equal(part.body, whole.body.slice(5));
  await expect(416, scene.adminUrl, "GET", "/v1/rdb", "/v1/rdb", { headers: { ...headers, Range: "bytes=99999999-" } });
});

test("every operation of the description was done, and its every success seen", async () => {
  await change(202, "/v1/shutdown");
  const wanted = description.operations().flatMap(({ route, method, operation }) => Object.keys(operation.responses)
    .filter((name) => name.startsWith("2")).map((name) => `${method} ${route} ${name}`));
  assert.deepEqual(wanted.filter((one) => !seen.has(one)), []);
});
