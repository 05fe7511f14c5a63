// The page's heart: it asks every two seconds, shows what it is told, and says so when it is told nothing.
//
//  (1) One question is out at a time. A page that nobody sees asks nothing, and asks at once when it is seen again.
//  (2) When the relay does not answer, the last picture stays, greyed, with its age above it; asking goes on.
//  (3) A relay that was restarted (its run id says so) is a new one: no rate is made from numbers of two runs.

const kEvery = 2000;
const kPatience = 5000;

const known = { status: null, before: null, at: 0, series: null, events: [], newest: 0, silentSince: null, reason: "" };
let timer = 0;
let isAsking = false;

async function get(path) {
  const response = await fetch(path, {
    signal: AbortSignal.timeout(kPatience),
    headers: { Accept: "application/json" },
    cache: "no-store",
  });
  if (!response.ok) throw new Error(`it answered ${response.status} to ${path}`);
  return response.json();
}

function take(status, series, page) {
  const sameRun = known.status?.run_id === status.run_id;
  known.before = sameRun ? known.status : null;
  if (!sameRun) known.events = [];
  known.events = [...known.events, ...page.events].slice(-kEventsHeld);
  known.newest = page.newest;
  Object.assign(known, { status, series, at: Date.now(), silentSince: null });
}

async function poll() {
  if (isAsking) return;
  isAsking = true;
  clearTimeout(timer);
  try {
    const [status, series] = await Promise.all([get("/v1/status"), get("/v1/series")]);
    const goesOn = known.status?.run_id === status.run_id;
    take(status, series, await get(`/v1/events?since=${goesOn ? known.newest : 0}`));
    draw();
  } catch (error) {
    known.silentSince ??= Date.now();
    known.reason =
      error.name === "TimeoutError" ? "it is silent" : error instanceof TypeError ? "it cannot be reached" : error.message;
  } finally {
    isAsking = false;
    tick();
    if (!document.hidden) timer = setTimeout(poll, kEvery);
  }
}

// Rates between two polls: of what came in, of what went out, of each replica.
function ratesOf({ status, before, series }) {
  const newest = (name) => series?.points[name].at(-1) ?? 0;
  if (before === null) return { received: newest("received_bytes_per_second"), sent: newest("sent_bytes_per_second"), of: () => 0 };
  const time = Math.max(0.001, ageOf(before.time, status.time));
  const risen = (now, then) => Math.max(0, now - then) / time;
  const sum = ({ rdb, stream }) => rdb + stream;
  const sentBefore = new Map(before.replicas.items.map(({ id, sent_offset }) => [id, sent_offset]));
  const sentNow = new Map(status.replicas.items.map(({ id, sent_offset }) => [id, sent_offset]));
  return {
    received: risen(sum(status.upstream.received_bytes), sum(before.upstream.received_bytes)),
    sent: risen(sum(status.replicas.sent_bytes), sum(before.replicas.sent_bytes)),
    of: (id) => risen(sentNow.get(id) ?? 0, sentBefore.get(id) ?? sentNow.get(id) ?? 0),
  };
}

const widthInside = () => Math.max(260, document.getElementById("main").clientWidth - (innerWidth < 700 ? 30 : 42));

function draw() {
  const { status, series, events } = known;
  if (status === null) return;
  const rates = ratesOf(known);
  const width = widthInside();
  const titled = (id, title, head, ...content) =>
    h(
      "section",
      { class: "card wide", id, "data-key": id, "aria-labelledby": `${id}-title` },
      h("header", {}, h("h2", { id: `${id}-title` }, title), head),
      content
    );
  show(document.getElementById("top"), heading(status));
  show(document.getElementById("warnings"), warningList(status.warnings));
  show(
    document.getElementById("main"),
    titled("picture", "Topology", null, topology(status, rates, width)),
    h("section", { class: "tiles", "data-key": "tiles", "aria-label": "Ten minutes" }, tiles(series)),
    titled(
      "log",
      "Log",
      h("span", { class: "sum" }, bytes(status.log.end_offset - status.log.start_offset), ", ", seconds(status.log.window_seconds)),
      ruler(status, width),
      status.log.end_offset === status.log.start_offset ? null : rulerLegend(status)
    ),
    actionCard(status),
    h("div", { class: "cards", "data-key": "cards" }, upstreamCard(status), heldCard(status), relayCard(status)),
    titled(
      "replicas",
      "Replicas",
      h("span", { class: "sum" }, `${grouped(status.replicas.online)} of ${grouped(status.replicas.total)} online`),
      replicaTable(status, rates)
    ),
    eventCard(events)
  );
  document.getElementById("main").dataset.time = status.time;
  show(document.getElementById("end"), footing(status));
  document.title = `${status.ready ? "" : "not ready: "}${status.instance} · psync-relay`;
  tick();
}

// Each second: how old the picture is. What is announced changes only with the state, not with the age.
function tick() {
  const silent = known.silentSince !== null;
  const whole = (since) => secondsText(Math.max(1, Math.round((Date.now() - since) / 1000))).replace(".0", "");
  document.body.classList.toggle("silent", silent);
  write("age", known.status === null ? "" : silent ? `silent, ${whole(known.at)} old` : `live, ${whole(known.at)} ago`);
  write("silent", silent ? `The relay does not answer: ${known.reason}. It is asked every two seconds.` : "");
  write(
    "silent-age",
    !silent
      ? ""
      : known.status === null
        ? "Below is what came with the page."
        : `Below is the picture of ${clockText(known.at)}, ${whole(known.at)} old.`
  );
  if (silent) document.title = `silent: ${known.status?.instance ?? "psync-relay"}`;
}
function write(id, text) {
  const place = document.getElementById(id);
  if (place && place.textContent !== text) place.textContent = text;
}

function theme() {
  return document.documentElement.dataset.theme ?? "system";
}
function setTheme(to) {
  if (to === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = to;
  try {
    localStorage.setItem("theme", to);
  } catch {
    /* a browser that keeps nothing forgets it with the page */
  }
}
function rememberedTheme() {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null;
  }
}

const deeds = {
  theme: () => setTheme({ system: "dark", dark: "light", light: "system" }[theme()]),
  sort: ({ column }) => {
    if (tableView.sort === column) tableView.down = !tableView.down;
    else Object.assign(tableView, { sort: column, down: columns.find(({ key }) => key === column).number === true });
    tableView.page = 0;
  },
  state: ({ state }) => Object.assign(tableView, { state, page: 0 }),
  page: ({ by }) => {
    tableView.page += Number(by);
  },
  level: ({ level }) => Object.assign(eventView, { least: level, shown: kEventsAtFirst }),
  older: () => {
    eventView.shown += 100;
  },
  ask: ({ action, id, name }) => ask(action, id, name),
  cancel: () => asking.close(),
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  if (!button) return;
  deeds[button.dataset.do](button.dataset);
  draw();
});
document.addEventListener("input", (event) => {
  if (event.target.dataset.do !== "filter") return;
  Object.assign(tableView, { text: event.target.value, page: 0 });
  draw();
});
asking.addEventListener("submit", (event) => {
  event.preventDefault();
  act(event.target);
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) clearTimeout(timer);
  else poll();
});
let drawnWidth = innerWidth;
addEventListener("resize", () => {
  if (innerWidth !== drawnWidth) draw();
  drawnWidth = innerWidth;
});

setTheme(["dark", "light"].includes(rememberedTheme()) ? rememberedTheme() : "system");
setInterval(tick, 1000);
poll();
