// A browser that looks at the page, and remembers what went wrong and whom it talked to.
"use strict";

const fs = require("node:fs");
const { chromium } = require("playwright-core");

async function launch() {
  const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((file) => fs.existsSync(file));
  // Chromium's own sandbox does not work as root, nor in most containers; the page comes from this machine.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"] });
}

class Visitor {
  static async open(browser, url, { width = 1280, height = 900, theme = "light", javaScriptEnabled = true, ...more } = {}) {
    const visitor = new Visitor();
    visitor.url = url;
    visitor.errors = [];
    visitor.hosts = new Set();
    visitor.statuses = new Map();
    visitor.series = new Map();
    visitor.context = await browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
      javaScriptEnabled,
      reducedMotion: "reduce",
      ...more,
    });
    const page = await visitor.context.newPage();
    visitor.page = page;
    page.on("console", (message) => {
      if (message.type() === "error") visitor.errors.push(message.text());
    });
    page.on("pageerror", (error) => visitor.errors.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith("data:")) visitor.hosts.add(new URL(request.url()).host);
    });
    page.on("response", (response) => visitor.note(response));
    await page.goto(url);
    return visitor;
  }

  // What the page was told, by the relay's time: to compare it with what it shows.
  async note(response) {
    if (!response.ok()) return;
    const name = new URL(response.url()).pathname;
    const answer = name === "/v1/status" || name === "/v1/series" ? await response.json().catch(() => null) : null;
    if (answer && name === "/v1/status") this.statuses.set(answer.time, answer);
    if (answer && name === "/v1/series") this.series.set(answer.newest, answer);
  }

  // Waits until a picture is drawn of which `fits(status)` holds; gives that status.
  async picture(fits = () => true, timeout = 60_000) {
    const end = Date.now() + timeout;
    let seen;
    while (Date.now() < end) {
      await this.page.waitForFunction(
        (before) => ![undefined, before].includes(document.getElementById("main").dataset.time),
        seen,
        { timeout }
      );
      seen = await this.page.evaluate(() => document.getElementById("main").dataset.time);
      const status = this.statuses.get(seen);
      if (status && fits(status)) return status;
    }
    throw new Error("no such picture was drawn");
  }

  text(selector) {
    return this.page.locator(selector).first().innerText();
  }
  close() {
    return this.context.close();
  }
}

module.exports = { launch, Visitor };
