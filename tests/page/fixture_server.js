// Serves the page with states that a test makes (made_states.js), on a port of the system's choice.
//
// The document is the one that a relay serves, with the relay's own headers, where `source` is its address. Run by hand it is put
// together from the files in proxy/control/page/ as the build does it, for looking at the page while it is changed:
//
//   node tests/page/fixture_server.js [REPLICAS] [troubled|arriving] [admin]
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const states = require("./made_states.js");

const root = path.resolve(__dirname, "../..");

function assembled(admin) {
  const folder = path.join(root, "proxy/control/page");
  const read = (name) => fs.readFileSync(path.join(folder, name), "utf8");
  const scripts = /set\(scripts ([^)]*)\)/.exec(read("page.cmake"))[1].split(/\s+/);
  const style = read("page.css");
  const script = scripts.map(read).join("");
  const hash = (text) => `'sha256-${crypto.createHash("sha256").update(text).digest("base64")}'`;
  const policy =
    `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; connect-src 'self'; img-src data:; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  const html = read("index.html")
    .replace("/*{style}*/", () => style)
    .replace("/*{script}*/", () => script)
    .replace('data-admin="false"', `data-admin="${admin}"`);
  return { html, policy };
}

async function documentOf(source, admin) {
  if (!source) return assembled(admin);
  const response = await fetch(`${source}/`);
  const html = (await response.text()).replace(/data-admin="(true|false)"/, `data-admin="${admin}"`);
  return { html, policy: response.headers.get("content-security-policy") };
}

// `state` may be changed while it runs: {replicas, change, seconds, events, answer}. `posts` has what was asked to be done.
class FixtureServer {
  constructor() {
    this.state = { replicas: 3, seconds: 0, change: () => {}, events: states.madeEvents(), answer: null, series: null };
    this.posts = [];
    this.asked = [];
  }

  static async start({ source = null, admin = false } = {}) {
    const fixture = new FixtureServer();
    fixture.document = await documentOf(source, admin);
    fixture.server = http.createServer((request, response) => fixture.handle(request, response));
    await new Promise((done) => fixture.server.listen(0, "127.0.0.1", done));
    fixture.url = `http://127.0.0.1:${fixture.server.address().port}`;
    return fixture;
  }

  stop() {
    this.server.closeAllConnections?.();
    return new Promise((done) => this.server.close(done));
  }

  handle(request, response) {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    this.asked.push(pathname);
    const send = (status, type, body) => {
      response.writeHead(status, { "Content-Type": type, "Content-Security-Policy": this.document.policy });
      response.end(body);
    };
    const json = (value) => send(200, "application/json", JSON.stringify(value));
    if (request.method === "POST") {
      let body = "";
      request.on("data", (part) => {
        body += part;
      });
      request.on("end", () => {
        this.posts.push({ path: pathname, body, headers: request.headers });
        const [status, answer] = this.state.answer?.(this.posts.at(-1)) ?? [200, { done: `${pathname} is done` }];
        send(status, status < 300 ? "application/json" : "application/problem+json", JSON.stringify(answer));
      });
      return;
    }
    const { events } = this.state;
    if (pathname === "/") send(200, "text/html; charset=utf-8", this.document.html);
    else if (pathname === "/v1/status") json(states.madeStatus(this.state));
    else if (pathname === "/v1/series") json(this.state.series ?? states.madeSeries(this.state));
    else if (pathname === "/v1/events") {
      json({ newest: events.at(-1)?.id ?? 0, events: events.filter(({ id }) => id > Number(searchParams.get("since") ?? 0)) });
    } else
      send(
        404,
        "application/problem+json",
        JSON.stringify({ type: "about:blank", title: "Not Found", status: 404, detail: "", instance: pathname })
      );
  }
}

module.exports = { FixtureServer };

if (require.main === module) {
  const [replicas = "3", ...words] = process.argv.slice(2);
  FixtureServer.start({ admin: words.includes("admin") }).then((fixture) => {
    const change = words.includes("troubled") ? states.troubled : words.includes("arriving") ? states.arriving : () => {};
    Object.assign(fixture.state, { replicas: Number(replicas), change });
    setInterval(() => {
      fixture.state.seconds += 1;
    }, 1000);
    process.stdout.write(`${fixture.url}\n`);
  });
}
