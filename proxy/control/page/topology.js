// The picture of who is connected to whom: the master, the relay, the replicas. An edge is as wide as its rate and has the tone of
// its state. Up to kMostDrawn replicas are drawn each; more of them are groups by state, a dot for each replica.

const kMostDrawn = 8;
const kMostDotRows = 5;

const edgeWidth = (rate) => (rate > 0 ? Math.min(14, 1.5 + 1.9 * Math.log10(1 + rate / 512)) : 1.5);

// `most`: where edges lie side by side.
function edge(path, rate, tone, label, most = 14) {
  const width = Math.min(most, edgeWidth(rate));
  return svg(
    "g",
    { class: `edge ${tone}`, "data-rate": Math.round(rate) },
    svg("title", {}, label),
    svg("path", { d: path, class: "band", "stroke-width": width.toFixed(1) }),
    rate > 0 ? svg("path", { d: path, class: "flow", "stroke-width": Math.max(1.5, width / 3).toFixed(1) }) : null
  );
}

// Text that is cut where it would leave the box; the whole is its title.
function fitted(x, y, text, width, kind, font) {
  let shown = text;
  for (let most = text.length - 1; textWidth(shown, font) > width && most > 0; --most) shown = `${text.slice(0, most)}…`;
  return svg("text", { x, y, class: kind }, shown === text ? null : svg("title", {}, text), shown);
}

function box({ x, y, width, height }, tone, kind, ...content) {
  return svg(
    "g",
    { class: `box ${tone} ${kind}` },
    svg("rect", { x, y, width, height, rx: 10 }),
    svg("rect", { x, y: y + 8, width: 3.5, height: height - 16, rx: 1.75, class: "tone" }),
    ...content
  );
}

// `aside`: at the right of the title.
function nodeBox(place, tone, kind, title, lines, aside = "", more = null) {
  const { x, y, width } = place;
  return box(
    place,
    tone,
    kind,
    fitted(x + 15, y + 21, title, width - 32 - (aside === "" ? 0 : textWidth(aside)), "name", "650 13px"),
    aside === "" ? null : svg("text", { x: x + width - 11, y: y + 21, class: "line", "text-anchor": "end" }, aside),
    lines.map((line, i) => fitted(x + 15, y + 38 + 16 * i, line, width - 26, "line", "11.5px")),
    more
  );
}

function replicaRates(status, rates) {
  return status.replicas.items.map((replica) => ({ replica, rate: replica.rdb?.rate_bytes_per_second ?? rates.of(replica.id) }));
}

function replicaNodes(status, rates, width) {
  const all = replicaRates(status, rates);
  if (status.replicas.total <= kMostDrawn) {
    return all.map(({ replica, rate }) => {
      const look = replicaLook(replica, status.log);
      return {
        key: replica.id,
        rate,
        height: 50,
        tone: look.tone,
        title: replica.name,
        line: `${look.name} · ${replica.rdb ? progressText(replica.rdb) : lagText(replica)}${replica.tls ? " · TLS" : ""}`,
      };
    });
  }
  return Object.keys(replicaStates).flatMap((state) => {
    const group = all.filter(({ replica }) => replica.state === state);
    const number = state === "online" ? status.replicas.online : group.length; // those that are not listed are online
    if (group.length === 0) return [];
    const troubled = group.filter(({ replica }) => troubleOf(replica, status.log) !== "").length;
    const lags = group.map(({ replica }) => replica.lag_bytes).filter((lag) => lag !== null);
    return [
      {
        key: state,
        dots: number,
        rate: group.reduce((sum, { rate }) => sum + rate, 0),
        height: 56 + 7 * dotRows(number, width),
        tone: troubled > 0 ? "waits" : replicaState(state).tone,
        title: `${grouped(number)} ${replicaState(state).name}`,
        line: troubled > 0 ? `${grouped(troubled)} silent or nearly out of the log` : lags.length ? `the slowest ${bytesText(Math.max(...lags))} behind` : (replicaState(state).means ?? "no acks yet"),
      },
    ];
  });
}
const lagText = (replica) => (replica.lag_bytes === null ? "no ack yet" : `${bytesText(replica.lag_bytes)} behind`);
const progressText = (rdb) =>
  (rdb.total_bytes ? percent(rdb.sent_bytes / rdb.total_bytes) : bytesText(rdb.sent_bytes)) +
  (rdb.stalled_seconds === null ? "" : `, stalled for ${secondsText(rdb.stalled_seconds)}`);

// One path for all of a group: as many elements for 500 as for 10.
const dotsPerRow = (width) => Math.max(1, Math.floor((width - 30) / 7));
const dotRows = (number, width) => Math.min(kMostDotRows, Math.ceil(number / dotsPerRow(width)));
function dots(place, number) {
  const perRow = dotsPerRow(place.width);
  const shown = Math.min(number, perRow * kMostDotRows);
  let path = "";
  for (let i = 0; i < shown; ++i) path += `M${place.x + 18 + 7 * (i % perRow)} ${place.y + 54 + 7 * Math.floor(i / perRow)}h0`;
  return svg("path", { d: path, class: "dots" });
}

function topology(status, rates, width) {
  const { upstream, replicas, log } = status;
  const tall = width < 640;
  const gap = 12;
  const side = tall ? width - 2 : Math.min(270, width * 0.27);
  const nodes = replicaNodes(status, rates, tall ? width - 32 : side);
  const right = nodes.reduce((sum, node) => sum + node.height + gap, -gap);
  const place = { height: 74, width: side, x: 1 };
  const height = tall ? 2 * 74 + 52 + 34 + Math.max(right, 54) + 2 : Math.max(right, 150) + 2;
  const middle = (height - 74) / 2;
  const master = { ...place, y: tall ? 1 : middle };
  const relay = { ...place, x: tall ? 1 : (width - side) / 2, y: tall ? 1 + 74 + 52 : middle };
  const top = tall ? 2 * 74 + 52 + 34 : (height - right) / 2;

  const between = tall ? `M${width / 2} 75V${relay.y}` : `M${side + 1} ${height / 2}H${relay.x}`;
  const state = linkState(upstream.state);
  const drawn = [
    edge(between, rates.received, state.tone, `from the master: ${rateText(rates.received)}`),
    svg(
      "text",
      {
        class: "rate",
        ...(tall ? { x: width / 2 + 12, y: 75 + 30 } : { x: (side + relay.x) / 2, y: height / 2 - 14, "text-anchor": "middle" }),
      },
      rateText(rates.received)
    ),
  ];
  let y = top;
  for (const node of nodes) {
    const at = { x: tall ? 31 : width - side - 1, y, width: tall ? width - 32 : side, height: node.height };
    const into = y + node.height / 2;
    const from = relay.x + side;
    const path = tall
      ? `M12 ${relay.y + 74}V${into - 8}q0 8 8 8H31`
      : `M${from} ${height / 2}C${(from + at.x) / 2} ${height / 2} ${(from + at.x) / 2} ${into} ${at.x} ${into}`;
    drawn.push(
      svg(
        "g",
        { "data-key": node.key },
        edge(path, node.rate, node.tone, `to ${node.title}: ${rateText(node.rate)}`, tall ? 6 : 14),
        nodeBox(at, node.tone, "replica", node.title, [node.line], rateText(node.rate), node.dots ? dots(at, node.dots) : null)
      )
    );
    y += node.height + gap;
  }
  if (replicas.total === 0) {
    drawn.push(
      svg(
        "text",
        { class: "nobody", ...(tall ? { x: 31, y: top + 24 } : { x: width - side, y: height / 2 + 5 }) },
        "no replica is connected"
      )
    );
  }
  drawn.push(
    nodeBox(master, state.tone, "master", upstream.address, [
      `master · ${state.name}${upstream.tls ? " · TLS" : ""}`,
      upstream.connected_since === null
        ? "not in sync"
        : `in sync for ${secondsText(ageOf(upstream.connected_since, status.time))}`,
    ]),
    nodeBox(relay, status.ready ? "good" : "bad", "relay", status.instance, [
      status.draining ? "relay · draining" : status.ready ? "relay · ready" : "relay · not ready",
      `log ${bytesText(log.bytes)} · ${rateText(rates.sent)} out`,
    ])
  );
  const says =
    `${upstream.address} ${state.name}, ${rateText(rates.received)}; relay ${status.instance}; ` +
    `${plural(replicas.total, "replica")}, ${replicas.online} online, ${rateText(rates.sent)}`;
  return svg(
    "svg",
    { class: "topology", role: "img", "aria-label": says, width, height, viewBox: `0 0 ${width} ${height}` },
    drawn
  );
}
