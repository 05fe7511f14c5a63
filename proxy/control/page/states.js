// What each state is called and which tone it has. A tone never stands alone: a word or a shape says the same.

const replicaStates = {
  online: { name: "online", tone: "good" },
  catching_up: { name: "catching up", tone: "busy" },
  sending_rdb: { name: "sending snapshot", tone: "busy", means: "the snapshot is on its way" },
  queued: { name: "queued", tone: "waits", means: "they wait for their turn" },
  handshake: { name: "handshake", tone: "waits", means: "they have yet to ask for a sync" },
};
const linkStates = {
  streaming: { name: "streaming", tone: "good" },
  receiving_rdb: { name: "receiving snapshot", tone: "busy" },
  waiting_rdb: { name: "waiting for a snapshot", tone: "waits" },
  handshake: { name: "handshake", tone: "waits" },
  connecting: { name: "connecting", tone: "waits" },
  backoff: { name: "waiting to connect again", tone: "bad" },
  disconnected: { name: "disconnected", tone: "bad" },
};
const replicaState = (name) => replicaStates[name] ?? { name: words(name), tone: "waits" };
const linkState = (name) => linkStates[name] ?? { name: words(name), tone: "waits" };

// What is wrong with a replica whatever its state: "" or words. Acks come each second; one that hangs sends none. Mirrors
// log_window() of warnings.h.
const kSilentAfter = 10;
const kNearlyAll = 0.8;
function troubleOf(replica, log) {
  if (replica.last_ack_age_seconds > kSilentAfter) return `silent for ${secondsText(replica.last_ack_age_seconds)}`;
  const held = log.end_offset - log.start_offset;
  const window = log.trimmed_bytes > 0 ? held : Math.max(held, log.limit_bytes);
  return replica.lag_bytes > kNearlyAll * window ? "nearly out of the log" : "";
}
function replicaLook(replica, log) {
  const state = replicaState(replica.state);
  const trouble = troubleOf(replica, log);
  return trouble === "" ? { ...state, trouble } : { ...state, trouble, tone: "waits", name: `${state.name}, ${trouble}` };
}

const linkIcons = { good: "ok", busy: "sending_rdb", waits: "queued", bad: "bad" };
const badge = (shape, { name, tone }) => h("span", { class: `badge ${tone}` }, icon(shape), name);
function replicaBadge(replica, log) {
  const look = replicaLook(replica, log);
  return badge(look.trouble !== "" ? "beware" : shapes[replica.state] ? replica.state : "queued", look);
}
const tlsWord = () => h("small", { class: "tls", title: "the connection is encrypted" }, "TLS");
const linkBadge = (upstream) => badge(linkIcons[linkState(upstream.state).tone], linkState(upstream.state));

// A transfer, to us or from us: how far it is, how fast, how long it will take; or that it stands still.
function progress(done, { total_bytes: total, rate_bytes_per_second: perSecond, eta_seconds: left, stalled_seconds: stalled }, label) {
  const known = total !== null && total > 0;
  return h(
    "div",
    { class: "progress" },
    h("progress", { max: known ? total : null, value: known ? Math.min(done, total) : null, "aria-label": label }),
    h(
      "small",
      {},
      known ? [percent(Math.min(1, done / total)), " · ", bytes(done), " of ", bytes(total)] : [bytes(done), " of an unknown size"],
      " · ",
      stalled === null ? rate(perSecond) : h("strong", { class: "stalled" }, "stalled for ", seconds(stalled)),
      left === null ? null : [" · ", seconds(left), " left"]
    )
  );
}
