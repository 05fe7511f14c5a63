// A real master, a real relay and real replicas, for as long as a test needs them.
//
//  (1) Ports are reserved for as long as the scene stands, so that a relay comes again where it was.
//  (2) Processes are ended by their id, and everything is below one directory, which is removed.
//  (3) A failed start shows the end of the log of what did not start.
"use strict";

const { execFile, spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { promisify } = require("node:util");

const kPatience = 60_000;
const kBetweenLooks = 50;

// Looks again and again until `look` gives something; what it throws meanwhile is "not yet".
async function until(look, what) {
  const end = Date.now() + kPatience;
  let last = null;
  while (Date.now() < end) {
    try {
      const found = await look();
      if (found) return found;
    } catch (error) {
      last = error;
    }
    await new Promise((again) => {
      setTimeout(again, kBetweenLooks);
    });
  }
  throw new Error(`waited in vain for ${what}${last ? `: ${last.message}` : ""}`);
}

class Process {
  constructor(name, directory, program, argv) {
    Object.assign(this, { name, directory, program, argv, log: path.join(directory, `${name}.log`) });
    this.start();
  }
  start() {
    const log = fs.openSync(this.log, "a");
    this.child = spawn(this.program, this.argv, { cwd: this.directory, stdio: ["ignore", log, log] });
    fs.closeSync(log);
    this.ended = new Promise((done) => {
      this.child.once("exit", done);
      this.child.once("error", done);
    });
  }
  async kill(signal = "SIGKILL") {
    this.child.kill(signal);
    await this.ended;
  }
  lastLines() {
    return fs.readFileSync(this.log, "utf8").split("\n").slice(-15).join("\n");
  }
}

class RelayScene {
  static async start({ replicas = 3, settings = [] } = {}) {
    const scene = new RelayScene();
    scene.directory = fs.mkdtempSync(path.join(os.tmpdir(), "psync-relay-page-"));
    scene.processes = [];
    try {
      await scene.reserve(4 + replicas);
      const [master, listen, http, admin, ...ports] = scene.ports;
      Object.assign(scene, {
        masterPort: master,
        listenPort: listen,
        url: `http://127.0.0.1:${http}`,
        adminUrl: `http://127.0.0.1:${admin}`,
        adminSocket: path.join(scene.directory, "relay-data", "admin.sock"),
      });
      await scene.startRedis("master", master, []);
      scene.token = "the token of this scene";
      fs.writeFileSync(path.join(scene.directory, "token"), `${scene.token}\n`, { mode: 0o600 });
      const all = [
        "upstream.backoff-min=20ms",
        "upstream.backoff-max=200ms",
        "admin.address=127.0.0.1",
        `admin.port=${admin}`,
        `admin.token-file=${path.join(scene.directory, "token")}`,
        ...settings,
      ];
      scene.relay = scene.run("relay", process.env.RELAY_BINARY, [
        "--upstream",
        `127.0.0.1:${master}`,
        "--listen",
        String(listen),
        "--http",
        String(http),
        "--data-dir",
        path.join(scene.directory, "relay-data"),
        ...all.flatMap((setting) => ["--set", setting]),
      ]);
      await scene.ready();
      scene.replicaPorts = ports;
      for (const [i, port] of ports.entries())
        await scene.startRedis(`replica-${i}`, port, ["--replicaof", "127.0.0.1", String(listen)]);
      await until(async () => (await scene.get("/v1/status")).replicas.online === replicas, "every replica online");
      return scene;
    } catch (error) {
      error.message += `\n${scene.processes.map((one) => `--- ${one.name}\n${one.lastLines()}`).join("\n")}`;
      await scene.stop();
      throw error;
    }
  }

  async reserve(number) {
    this.keeper = spawn("python3", ["-B", path.join(__dirname, "reserve_ports.py"), String(number)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    let line = "";
    while (!line.includes("\n")) {
      line += await new Promise((done) => {
        this.keeper.stdout.once("data", done);
      });
    }
    this.ports = line.trim().split(" ").map(Number);
  }
  run(name, program, argv) {
    this.processes.push(new Process(name, this.directory, program, argv));
    return this.processes.at(-1);
  }
  async startRedis(name, port, more) {
    const directory = path.join(this.directory, name);
    fs.mkdirSync(directory);
    const server = this.run(name, "redis-server", [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--dir",
      directory,
      "--save",
      "",
      "--repl-diskless-sync-delay",
      "0",
      "--repl-ping-replica-period",
      "1",
      ...more,
    ]);
    await until(async () => (await this.command(port, "PING")) === "PONG", `${name} listening`);
    return server;
  }
  ready() {
    return until(async () => (await fetch(`${this.url}/readyz`)).ok, "the relay ready");
  }
  async command(port, ...words) {
    const { stdout } = await promisify(execFile)("redis-cli", ["-p", String(port), ...words]);
    return stdout.trim();
  }
  async masterOffset() {
    return Number(/master_repl_offset:(\d+)/.exec(await this.command(this.masterPort, "INFO", "replication"))[1]);
  }
  async get(route, base = this.url) {
    return (await fetch(base + route)).json();
  }
  async stop() {
    for (const one of [...this.processes].reverse()) await one.kill();
    if (this.keeper) {
      const ended = new Promise((done) => {
        this.keeper.once("exit", done);
      });
      this.keeper.stdin.end();
      await ended;
    }
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}

// A relay whose master is not there, for the document that it serves.
async function documentSource() {
  const scene = new RelayScene();
  scene.directory = fs.mkdtempSync(path.join(os.tmpdir(), "psync-relay-page-"));
  scene.processes = [];
  await scene.reserve(3);
  const [nobody, listen, http] = scene.ports;
  scene.url = `http://127.0.0.1:${http}`;
  scene.run("relay", process.env.RELAY_BINARY, [
    "--upstream",
    `127.0.0.1:${nobody}`,
    "--listen",
    String(listen),
    "--http",
    String(http),
    "--data-dir",
    path.join(scene.directory, "relay-data"),
  ]);
  await until(async () => (await fetch(`${scene.url}/livez`)).ok, "the relay listening");
  return scene;
}

module.exports = { RelayScene, documentSource, until };
