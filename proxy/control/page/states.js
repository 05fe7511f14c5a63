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

const linkIcons = { good: "ok", busy: "sending_rdb", waits: "queued", bad: "bad" };
const badge = (shape, { name, tone }) => h("span", { class: `badge ${tone}` }, icon(shape), name);
const replicaBadge = (replica) => badge(shapes[replica.state] ? replica.state : "queued", replicaState(replica.state));
const linkBadge = (upstream) => badge(linkIcons[linkState(upstream.state).tone], linkState(upstream.state));

// A transfer, to us or from us: how far it is, how fast, how long it will take.
function progress(done, total, perSecond, left, label) {
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
      rate(perSecond),
      left === null ? null : [" · ", seconds(left), " left"]
    )
  );
}
