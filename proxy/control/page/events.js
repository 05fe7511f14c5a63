// The last changes of state, the newest first. Only what came since the last poll is asked for.
//
//  (1) Ids begin at 1 again when the relay restarts, which its run id tells: what is shown is then begun anew.
//  (2) If ids are missing between what is held and what came, that is said where it is.

const kEventsHeld = 1000;
const kEventsAtFirst = 20;
const eventView = { least: "info", shown: kEventsAtFirst };
const levels = {
  info: { name: "info", shape: "online", tone: "plain", rank: 0 },
  warn: { name: "warning", shape: "beware", tone: "waits", rank: 1 },
  error: { name: "error", shape: "bad", tone: "bad", rank: 2 },
};
const levelOf = (event) => levels[event.level] ?? levels.info;

function eventRow(event, before) {
  const { id, time, event: name, level, ...fields } = event;
  const kind = levels[level] ?? levels.info;
  const lost = before && id > before.id + 1 && before.id > 0 ? id - before.id - 1 : 0;
  return [
    h(
      "li",
      { "data-key": id, class: kind.tone },
      h("time", { datetime: time, title: time }, clockText(time)),
      h("span", { class: "level" }, icon(kind.shape), kind.name),
      h("strong", {}, name),
      h(
        "span",
        { class: "fields" },
        Object.entries(fields).map(([key, value]) => h("span", {}, h("b", {}, key), " ", String(value)))
      )
    ),
    lost > 0
      ? h("li", { "data-key": `lost-${id}`, class: "lost" }, `${plural(lost, "event")} between these are no longer held`)
      : null,
  ];
}

function eventCard(events) {
  const found = [];
  for (let i = events.length - 1; i >= 0 && found.length <= eventView.shown; --i) {
    if (levelOf(events[i]).rank >= levels[eventView.least].rank) found.push([events[i], events[i - 1]]);
  }
  const chip = (least, text) =>
    h(
      "button",
      { type: "button", class: "chip", "data-do": "level", "data-level": least, "aria-pressed": String(eventView.least === least) },
      text
    );
  return h(
    "section",
    { class: "card wide", id: "events", "aria-labelledby": "events-title" },
    h(
      "header",
      {},
      h("h2", { id: "events-title" }, "Events"),
      h("div", { class: "filters" }, chip("info", "all"), chip("warn", "warnings and errors"), chip("error", "errors"))
    ),
    found.length === 0
      ? h("p", { class: "nothing" }, "None.")
      : h(
          "ol",
          { class: "events", reversed: true },
          found.slice(0, eventView.shown).map(([event, before]) => eventRow(event, before))
        ),
    found.length > eventView.shown
      ? h("p", { class: "pages" }, h("button", { type: "button", class: "quiet", "data-do": "older" }, "Older"))
      : null
  );
}
