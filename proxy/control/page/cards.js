// What there is to know of the master's link, of what is held, and of the relay itself, as names and values.

const fact = (name, ...value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
const card = (id, title, head, ...content) =>
  h(
    "section",
    { class: "card", id, "aria-labelledby": `${id}-title` },
    h("header", {}, h("h2", { id: `${id}-title` }, title), head),
    content
  );
const brief = (id) => (id === null ? dash : h("code", { title: id }, id.slice(0, 12)));
const pair = ({ full, partial }) => `${grouped(full)} full, ${grouped(partial)} partial`;

function upstreamCard({ upstream, time }) {
  const transfer = upstream.full_sync;
  return card(
    "upstream",
    "Master",
    linkBadge(upstream),
    transfer === null
      ? null
      : h(
          "div",
          { class: "transfer" },
          h(
            "p",
            {},
            transfer.beside_stream ? "A fresh snapshot arrives beside the stream" : "A snapshot arrives",
            ", for ",
            since(transfer.since, time)
          ),
          progress(transfer.received_bytes, transfer, "snapshot received")
        ),
    upstream.paused
      ? h("p", { class: "trouble" }, icon("beware"), "Not read for now: memory is full of what the disk has not stored.")
      : null,
    h(
      "dl",
      {},
      fact("address", h("code", {}, upstream.address), upstream.tls ? [" ", tlsWord()] : null, upstream.by_command ? h("small", {}, " chosen at run time") : null),
      fact("in this state for", since(upstream.since, time)),
      fact("last heard of", upstream.last_io_age_seconds === null ? dash : [seconds(upstream.last_io_age_seconds), " ago"]),
      fact("offset", offset(upstream.offset)),
      fact("acknowledged to it", offset(upstream.acked_offset)),
      fact("replication id", brief(upstream.replid)),
      upstream.replid2 === null ? null : fact("its former id", brief(upstream.replid2)),
      fact("syncs", pair(upstream.syncs)),
      upstream.sync_failures.full + upstream.sync_failures.partial === 0 ? null : fact("failed", pair(upstream.sync_failures)),
      fact("received", bytes(upstream.received_bytes.stream), " of stream, ", bytes(upstream.received_bytes.rdb), " of snapshots")
    ),
    upstream.last_error === null
      ? null
      : h(
          "p",
          { class: upstream.state === "streaming" ? "past" : "trouble" },
          icon("beware"),
          h("span", {}, "Last error: ", upstream.last_error)
        )
  );
}

function heldCard({ log, snapshot, storage }) {
  return card(
    "held",
    "What is held",
    storage.degraded ? badge("bad", { name: "disk degraded", tone: "bad" }) : null,
    storage.degraded
      ? h(
          "p",
          { class: "trouble" },
          icon("beware"),
          h("span", {}, "The log is in memory alone", storage.error === null ? "." : `: ${storage.error}`)
        )
      : null,
    h(
      "dl",
      {},
      fact("log reaches back", seconds(log.window_seconds)),
      fact("log on disk", bytes(log.bytes), " of ", bytes(log.limit_bytes), `, ${plural(log.segments, "file")}`),
      fact("log in memory", bytes(log.memory_bytes)),
      snapshot === null
        ? fact("snapshot", "none")
        : [
            fact("snapshot", bytes(snapshot.bytes), ", ", seconds(snapshot.age_seconds), " old"),
            fact("at offset", offset(snapshot.offset)),
            fact("sent now to", plural(snapshot.readers, "replica")),
            fact("log behind it", bytes(snapshot.replay_bytes)),
          ],
      fact("free on disk", bytes(storage.free_bytes), " of ", bytes(storage.size_bytes)),
      fact("directory", h("code", {}, storage.path))
    )
  );
}

function relayCard(status) {
  const { checks, ready, draining, replicas, throttle, process, config, time } = status;
  const state = draining
    ? { name: "draining", tone: "waits" }
    : ready
      ? { name: "ready", tone: "good" }
      : { name: "not ready", tone: "bad" };
  return card(
    "relay",
    "Relay",
    badge(draining ? "queued" : ready ? "ok" : "bad", state),
    h(
      "ul",
      { class: "checks" },
      checks.map((check) => {
        const kind = check.ok ? "good" : check.required ? "bad" : "waits";
        return h(
          "li",
          { class: kind },
          icon(check.ok ? "ok" : check.required ? "bad" : "beware"),
          h(
            "span",
            {},
            h("strong", {}, words(check.name)),
            " ",
            check.text,
            check.ok || check.required ? null : h("small", {}, " (does not count)")
          )
        );
      })
    ),
    h(
      "dl",
      {},
      fact("full syncs spared the master", count(replicas.full_syncs_spared)),
      fact("given to replicas", pair(replicas.syncs)),
      fact(
        "full syncs now",
        `${grouped(throttle.full_syncs_running)} running, ${grouped(throttle.full_syncs_queued)} queued`,
        throttle.concurrency_limit > 0 ? `, at most ${grouped(throttle.concurrency_limit)}` : null,
        throttle.rate_limit_bytes_per_second > 0 ? [", ", rate(throttle.rate_limit_bytes_per_second)] : null
      ),
      fact("connections", count(replicas.clients)),
      fact("memory, threads", bytes(process.resident_bytes), `, ${grouped(process.threads)}`),
      fact("open files", `${grouped(process.open_files)} of ${grouped(process.max_files)}`),
      fact("configuration", `number ${grouped(config.generation)}, read `, since(config.loaded, time), " ago")
    ),
    config.last_reload_successful
      ? null
      : h(
          "p",
          { class: "trouble" },
          icon("beware"),
          h("span", {}, "The last reload was refused", config.last_error === null ? "." : `: ${config.last_error}`)
        ),
    config.restart_required.length === 0
      ? null
      : h("p", { class: "past" }, icon("beware"), h("span", {}, "Waits for a restart: ", config.restart_required.join(", ")))
  );
}

function heading(status) {
  return [
    h(
      "div",
      { class: "brand" },
      svg(
        "svg",
        { class: "mark", viewBox: "0 0 32 32", "aria-hidden": "true" },
        svg("rect", { width: 32, height: 32, rx: 8 }),
        svg("path", { d: "M6 16h7m0 0 7-8h6m-13 8h13m-13 0 7 8h6" })
      ),
      h("h1", {}, "psync-relay"),
      h("span", { class: "instance" }, status.instance)
    ),
    h(
      "div",
      { class: "tools" },
      isAdmin ? h("span", { class: "badge waits" }, "admin") : null,
      h("span", { class: "live" }, h("i", { class: "pulse", "aria-hidden": "true" }), h("span", { id: "age" })),
      h(
        "button",
        { type: "button", class: "quiet", "data-do": "theme", title: "Light, dark, or as the system has it" },
        icon("theme"),
        h("span", {}, `Theme: ${theme()}`)
      )
    ),
  ];
}

function warningList(warnings) {
  return warnings.map(({ code, message }) =>
    h("p", { class: "warning", "data-key": code }, icon("beware"), h("span", {}, h("strong", {}, words(code)), ` ${message}`))
  );
}

const footing = (status) => [
  h("span", {}, `psync-relay ${status.version}`),
  h("span", {}, "up ", seconds(status.uptime_seconds)),
  h("span", {}, "run ", brief(status.run_id)),
  h(
    "nav",
    { "aria-label": "Other views" },
    ["/metrics", "/readyz?verbose", "/v1/status", "/openapi.yaml"].map((href) => h("a", { href }, href))
  ),
];
