// The log ruler: the log from its begin to its end as one bar. Below it, where the snapshot is and how far the disk is; above it,
// where the replicas are; hatched, what goes next. More than kMostTicks replicas are a density, one path whatever their number.
//
// Labels get a line of their own where they would overlap.

const kMostTicks = 60;
const kMostLabels = 6;

// Gives each label {x, text} its left edge and its row, so that none overlaps another.
function arrange(labels, width) {
  const ends = []; // of each row, how far it is taken
  return [...labels]
    .sort((a, b) => a.x - b.x)
    .map((label) => {
      const size = textWidth(label.text) + 4;
      const left = Math.max(0, Math.min(width - size, label.x - size / 2));
      let row = ends.findIndex((end) => end <= left);
      if (row < 0) row = ends.length;
      ends[row] = left + size + 10;
      return { ...label, left, row, size };
    });
}
const rowsOf = (labels) => 1 + Math.max(-1, ...labels.map(({ row }) => row));

// Replicas that stand at (nearly) the same place, as one.
function clusters(replicas, place) {
  const found = [];
  for (const replica of [...replicas].sort((a, b) => a.ack_offset - b.ack_offset)) {
    const x = place(replica.ack_offset);
    const last = found.at(-1);
    if (last && x - last.x < 9) last.replicas.push(replica);
    else found.push({ x, replicas: [replica] });
  }
  return found;
}
const clusterText = ({ replicas }) => (replicas.length === 1 ? replicas[0].name : plural(replicas.length, "replica"));

function density(replicas, place, width, base, height) {
  const step = 5;
  const bins = new Array(Math.ceil(width / step) + 1).fill(0);
  for (const replica of replicas) ++bins[Math.floor(place(replica.ack_offset) / step)];
  const most = Math.log1p(Math.max(...bins));
  let path = "";
  bins.forEach((n, i) => {
    if (n > 0) path += `M${i * step + step / 2} ${base}v${(-4 - ((height - 4) * Math.log1p(n)) / most).toFixed(1)}`;
  });
  return svg("path", { class: "density", d: path }, svg("title", {}, "how many replicas have acknowledged up to here"));
}

// Above the bar: {drawing, labels}. Every cluster is labelled while they are few; else the hindmost and the largest.
function replicaMarks(replicas, log, place, width) {
  const groups = clusters(replicas, place);
  const largest = groups.reduce((most, group) => (!most || group.replicas.length > most.replicas.length ? group : most), null);
  const named = groups.length <= kMostLabels ? groups : [...new Set([groups[0], largest])];
  const labels = named.map((group) => ({ x: group.x, text: clusterText(group), kind: "of-replica" }));
  const tick = (replica, base) => {
    const { tone, trouble } = replicaLook(replica, log);
    const says = `${replica.name}: ${grouped(replica.ack_offset)}, ${bytesText(replica.lag_bytes)} behind`;
    return svg(
      "path",
      {
        class: `tick ${tone}`,
        "data-key": replica.id,
        "data-offset": replica.ack_offset,
        d: `M${place(replica.ack_offset).toFixed(1)} ${base - 14}v14`,
      },
      svg("title", {}, trouble === "" ? says : `${says}, ${trouble}`)
    );
  };
  // On a density the first in trouble stand out.
  const draw = (base) =>
    replicas.length > kMostTicks
      ? [
          density(replicas, place, width, base, 30),
          replicas
            .filter((replica) => troubleOf(replica, log) !== "")
            .slice(0, kMostTicks)
            .map((replica) => tick(replica, base)),
        ]
      : replicas.map((replica) => tick(replica, base));
  return { draw, labels: arrange(labels, width) };
}

// `base` is where the bar, or what stands on it, ends.
function labels(arranged, base, down) {
  const y = ({ row }) => base + (down ? 26 + 17 * row : -8 - 17 * row);
  return [
    arranged.map((one) => svg("path", { class: "leader", d: `M${one.x.toFixed(1)} ${base}V${down ? y(one) - 11 : y(one) + 4}` })),
    arranged.map((one) =>
      svg("text", { class: `label ${one.kind}`, x: one.left + one.size / 2, y: y(one), "text-anchor": "middle" }, one.text)
    ),
  ];
}

function ruler(status, width) {
  const { log, snapshot } = status;
  const [begin, end] = [log.start_offset, log.end_offset];
  if (end === begin) return h("p", { class: "nothing" }, "The log holds nothing yet.");
  const place = (at) => ((Math.min(end, Math.max(begin, at)) - begin) / (end - begin)) * (width - 2) + 1;
  const replicas = status.replicas.items.filter((replica) => replica.ack_offset !== null);
  const above = replicaMarks(replicas, log, place, width);
  const below = arrange(
    [
      { x: 1, at: begin, text: `begin ${grouped(begin)}`, kind: "of-begin" },
      ...(snapshot === null
        ? []
        : [{ x: place(snapshot.offset), at: snapshot.offset, text: `snapshot ${grouped(snapshot.offset)}`, kind: "of-snapshot" }]),
      { x: place(log.durable_offset), at: log.durable_offset, text: `durable ${grouped(log.durable_offset)}`, kind: "of-durable" },
      { x: width - 1, at: end, text: `end ${grouped(end)}`, kind: "of-end" },
    ],
    width
  );

  const bar = 26;
  const marksHeight = replicas.length > kMostTicks ? 32 : 16;
  const top = marksHeight + 17 * rowsOf(above.labels) + 6;
  const height = top + bar + 12 + 17 * rowsOf(below) + 6;
  const zone = (kind, from, to, text) =>
    to > from
      ? svg(
          "rect",
          {
            class: `zone ${kind}`,
            "data-from": from,
            "data-to": to,
            x: place(from).toFixed(1),
            y: top,
            width: Math.max(1.5, place(to) - place(from)).toFixed(1),
            height: bar,
          },
          svg("title", {}, text)
        )
      : null;
  const mark = ({ x, at, kind }) =>
    svg("path", { class: `mark ${kind}`, "data-offset": at, d: `M${x.toFixed(1)} ${top - 3}v${bar + 6}` });

  return svg(
    "svg",
    {
      class: "ruler",
      role: "img",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      "aria-label":
        `The log from offset ${begin} to ${end}, durable up to ${log.durable_offset}` +
        (snapshot === null ? ", no snapshot" : `, snapshot at ${snapshot.offset}`) +
        `, ${plural(replicas.length, "replica")} on it`,
    },
    svg(
      "defs",
      {},
      svg("clipPath", { id: "bar" }, svg("rect", { x: 0, y: top, width, height: bar, rx: 7 })),
      svg(
        "pattern",
        { id: "hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        svg("rect", { width: 3.4, height: 7, class: "hatch" })
      )
    ),
    svg(
      "g",
      { "clip-path": "url(#bar)" },
      svg("rect", { class: "track", x: 0, y: top, width, height: bar }),
      snapshot === null
        ? null
        : zone("replay", snapshot.offset, end, `${bytesText(snapshot.replay_bytes)} are sent after the snapshot`),
      log.trim_next_offset === null
        ? null
        : zone("trim", begin, log.trim_next_offset, `up to ${grouped(log.trim_next_offset)}: goes next`),
      zone("volatile", log.durable_offset, end, `${bytesText(end - log.durable_offset)} not yet on disk for good`)
    ),
    svg("g", { class: "acks" }, above.draw(top - 2)),
    below.map(mark),
    labels(above.labels, top - marksHeight, false),
    labels(below, top + bar, true)
  );
}

function rulerLegend(status) {
  const { log, snapshot } = status;
  const entry = (kind, ...text) => h("li", {}, h("span", { class: `swatch ${kind}`, "aria-hidden": "true" }), h("span", {}, text));
  return h(
    "ul",
    { class: "legend" },
    entry("acks", "a replica's acknowledgement"),
    snapshot === null ? null : entry("replay", "sent after the snapshot, ", bytes(snapshot.replay_bytes)),
    entry("volatile", "not yet durable, ", bytes(log.end_offset - log.durable_offset)),
    log.trim_next_offset === null
      ? entry("trim", "goes next: nothing")
      : entry("trim", "goes next, ", bytes(Math.max(0, log.trim_next_offset - log.start_offset)))
  );
}
