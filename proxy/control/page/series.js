// Ten minutes of what changes: a tile for each series, its newest value in large and its course in small.

const seriesTiles = [
  ["received_bytes_per_second", "from the master", rateText],
  ["sent_bytes_per_second", "to the replicas", rateText],
  ["slowest_lag_bytes", "slowest lag", bytesText],
  ["slowest_lag_seconds", "slowest lag, time", secondsText],
  ["replicas_online", "replicas online", (n) => (n === null ? dash : grouped(n))],
  ["log_bytes", "log on disk", bytesText],
  ["cpu_ratio", "CPU", (n) => (n === null ? dash : percent(n))],
  ["resident_bytes", "memory", bytesText],
];

// The newest at the right, in 300 x 40; where nothing is known the line is broken.
function course(points, most) {
  const x = (i) => 300 - (points.length - 1 - i);
  const y = (value) => (38 - 35 * (most > 0 ? value / most : 0)).toFixed(1);
  let line = "";
  let area = "";
  points.forEach((value, i) => {
    if (value === null) return;
    const begins = i === 0 || points[i - 1] === null;
    const ends = i + 1 === points.length || points[i + 1] === null;
    line += `${begins ? "M" : "L"}${x(i)} ${y(value)}` + (begins && ends ? "h.01" : "");
    area += `${begins ? `M${x(i)} 40L` : "L"}${x(i)} ${y(value)}` + (ends ? `L${x(i)} 40z` : "");
  });
  return [svg("path", { class: "area", d: area }), svg("path", { class: "line", d: line })];
}

function tile([name, title, text], series) {
  const points = series?.points[name] ?? [];
  const known = points.filter((value) => value !== null);
  const newest = points.at(-1) ?? null;
  const most = Math.max(0, ...known);
  const least = known.length ? Math.min(...known) : null;
  const span = secondsText(points.length * (series?.step_seconds ?? 2));
  const range = `between ${text(least)} and ${text(known.length ? most : null)}`;
  return h(
    "figure",
    { class: "tile", "data-key": name },
    h("figcaption", {}, title),
    h("strong", { title: newest === null ? null : String(newest) }, text(newest)),
    svg(
      "svg",
      {
        viewBox: "0 0 300 40",
        preserveAspectRatio: "none",
        role: "img",
        "aria-label": `${title}: now ${text(newest)}, ${range} in the last ${span}`,
      },
      course(points, most)
    ),
    h("small", {}, known.length ? `most ${text(most)}` : "nothing yet")
  );
}
const tiles = (series) => seriesTiles.map((one) => tile(one, series));
