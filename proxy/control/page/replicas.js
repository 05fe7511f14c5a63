// The table of replicas: sorted by any column, filtered by text and state, kRowsShown at a time.

const kRowsShown = 25;
const tableView = { sort: "state", down: false, text: "", state: "", page: 0 };

const stateOrder = ["handshake", "queued", "sending_rdb", "catching_up", "online"];
const columns = [
  { key: "name", title: "Replica", of: (replica) => replica.name },
  { key: "state", title: "State", of: (replica) => stateOrder.indexOf(replica.state) },
  { key: "lag_bytes", title: "Lag", number: true },
  { key: "lag_seconds", title: "Lag, time", number: true },
  { key: "last_ack_age_seconds", title: "Last ack", number: true },
  { key: "ack_offset", title: "Acknowledged", number: true },
  { key: "rate", title: "Rate", number: true, of: (replica, rates) => replica.rdb?.rate_bytes_per_second ?? rates.of(replica.id) },
  { key: "queue_bytes", title: "Queue", number: true },
];

// What is not known comes last, up or down. Equal ones by lag, then by id, so that rows do not jump.
function sorted(replicas, rates) {
  const column = columns.find(({ key }) => key === tableView.sort);
  const of = (replica) => (column.of ?? ((one) => one[column.key]))(replica, rates);
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  return replicas
    .map((replica) => ({ replica, value: of(replica) }))
    .sort((a, b) => {
      if ((a.value === null) !== (b.value === null)) return a.value === null ? 1 : -1;
      return (
        (tableView.down ? compare(b.value, a.value) : compare(a.value, b.value)) ||
        compare(b.replica.lag_bytes ?? 0, a.replica.lag_bytes ?? 0) ||
        compare(Number(a.replica.id.slice(1)), Number(b.replica.id.slice(1)))
      );
    })
    .map(({ replica }) => replica);
}

function matches(replica) {
  if (tableView.state !== "" && replica.state !== tableView.state) return false;
  return `${replica.name} ${replica.peer} ${replica.id}`.toLowerCase().includes(tableView.text.toLowerCase());
}

function replicaRow(replica, status, rates) {
  const cell = (column, ...content) => {
    const kind = `${column.number ? "number" : ""} ${content[0] === dash ? "none" : ""}`.trim();
    return h("td", { role: "cell", class: kind, "data-column": column.key, "data-title": column.title }, content);
  };
  const byKey = Object.fromEntries(columns.map((column) => [column.key, column]));
  return h(
    "tr",
    { role: "row", "data-key": replica.id },
    h(
      "th",
      { role: "rowheader", scope: "row", "data-column": "name" },
      h("strong", {}, replica.name),
      h("small", {}, replica.id, replica.peer === replica.name ? null : ` · ${replica.peer}`, replica.tls ? [" · ", tlsWord()] : null)
    ),
    cell(
      byKey.state,
      replicaBadge(replica, status.log),
      h("small", {}, "for ", since(replica.since, status.time), `, ${replica.sync_kind} sync`),
      replica.rdb === null
        ? null
        : progress(replica.rdb.sent_bytes, replica.rdb, `snapshot sent to ${replica.name}`)
    ),
    cell(byKey.lag_bytes, bytes(replica.lag_bytes)),
    cell(byKey.lag_seconds, seconds(replica.lag_seconds)),
    cell(byKey.last_ack_age_seconds, seconds(replica.last_ack_age_seconds)),
    cell(byKey.ack_offset, offset(replica.ack_offset)),
    cell(byKey.rate, rate(columns[6].of(replica, rates))),
    cell(byKey.queue_bytes, bytes(replica.queue_bytes)),
    isAdmin
      ? h(
          "td",
          { role: "cell", class: "does" },
          h(
            "button",
            {
              type: "button",
              class: "quiet",
              "data-do": "ask",
              "data-action": "disconnect",
              "data-id": replica.id,
              "data-name": replica.name,
              "aria-label": `Disconnect ${replica.name}`,
            },
            "Disconnect"
          )
        )
      : null
  );
}

function columnHead(column) {
  const chosen = tableView.sort === column.key;
  return h(
    "th",
    {
      role: "columnheader",
      scope: "col",
      class: column.number ? "number" : null,
      "aria-sort": chosen ? (tableView.down ? "descending" : "ascending") : null,
    },
    h(
      "button",
      { type: "button", "data-do": "sort", "data-column": column.key },
      column.title,
      chosen ? icon(tableView.down ? "down" : "up") : null
    )
  );
}

// Which states there are, how many of each; one of them can be chosen.
function stateChips(replicas) {
  const chip = (state, text) =>
    h(
      "button",
      {
        type: "button",
        class: "chip",
        "data-do": "state",
        "data-state": state,
        "data-key": state,
        "aria-pressed": String(tableView.state === state),
      },
      text
    );
  return [
    chip("", `all ${grouped(replicas.length)}`),
    Object.keys(replicaStates).map((state) => {
      const number = replicas.filter((replica) => replica.state === state).length;
      return number > 0 || tableView.state === state ? chip(state, `${replicaState(state).name} ${grouped(number)}`) : null;
    }),
  ];
}

function replicaTable(status, rates) {
  const { total, items } = status.replicas;
  const found = sorted(items.filter(matches), rates);
  const pages = Math.max(1, Math.ceil(found.length / kRowsShown));
  tableView.page = Math.min(tableView.page, pages - 1);
  const first = tableView.page * kRowsShown;
  const rows = found.slice(first, first + kRowsShown);
  const step = (by, text) =>
    h(
      "button",
      {
        type: "button",
        class: "quiet",
        "data-do": "page",
        "data-by": by,
        disabled: tableView.page + by < 0 || tableView.page + by >= pages,
      },
      text
    );
  return [
    h(
      "div",
      { class: "filters" },
      stateChips(items),
      h("input", {
        type: "search",
        placeholder: "name, peer or id",
        "aria-label": "Filter the replicas",
        "data-key": "text",
        "data-do": "filter",
      })
    ),
    items.length < total
      ? h("p", { class: "note" }, `Of ${grouped(total)}, the ${grouped(items.length)} in most trouble are listed.`)
      : null,
    h(
      "div",
      { class: "scroll" },
      h(
        "table",
        { class: "replicas", role: "table", "aria-label": "Replicas" },
        h(
          "thead",
          { role: "rowgroup" },
          h(
            "tr",
            { role: "row" },
            columns.map(columnHead),
            isAdmin
              ? h("th", { role: "columnheader", scope: "col", class: "does" }, h("span", { class: "hidden" }, "Action"))
              : null
          )
        ),
        h(
          "tbody",
          { role: "rowgroup" },
          rows.map((replica) => replicaRow(replica, status, rates))
        )
      )
    ),
    rows.length === 0
      ? h(
          "p",
          { class: "nothing" },
          items.length === 0
            ? "No replica is connected. Point one here: REPLICAOF <this host> <this port>."
            : "None of them matches."
        )
      : null,
    h(
      "p",
      { class: "pages", "aria-live": "off" },
      rows.length === 0
        ? null
        : h("span", {}, `${grouped(first + 1)} to ${grouped(first + rows.length)} of ${grouped(found.length)}`),
      pages > 1 ? [step(-1, "Previous"), step(1, "Next")] : null
    ),
  ];
}
