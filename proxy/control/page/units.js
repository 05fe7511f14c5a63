// Quantities for people to read; control/quantity_text.h says them the same way. null is what is not known: a dash.

const dash = "–";

function bytesText(bytes) {
  if (bytes === null) return dash;
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  let unit = 0;
  for (bytes = Math.max(0, bytes); bytes >= (unit === 0 ? 1024 : 1023.5) && unit + 1 < units.length; ++unit) bytes /= 1024;
  return `${bytes.toFixed(unit > 0 && bytes < 99.95 ? 1 : 0)} ${units[unit]}`;
}
const rateText = (rate) => (rate === null ? dash : `${bytesText(rate)}/s`);

function secondsText(seconds) {
  if (seconds === null) return dash;
  const pair = (whole, ratio, large, small) =>
    `${Math.floor(whole / ratio)} ${large}` + (whole % ratio ? ` ${whole % ratio} ${small}` : "");
  const whole = Math.round(seconds);
  if (seconds < 0.9995) return `${(Math.max(0, seconds) * 1000).toFixed(0)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return pair(whole, 60, "min", "s");
  if (whole < 86400) return pair(Math.floor(whole / 60), 60, "h", "min");
  return pair(Math.floor(whole / 3600), 24, "d", "h");
}

// 12345678 as 12 345 678, where a title or a drawing has to do without style.
const grouped = (number) => String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, "\u202f");

const exactly = (text, exact) => h("span", { title: exact }, text);
const bytes = (n) => (n === null ? dash : exactly(bytesText(n), `${grouped(n)} bytes`));
const rate = (n) => (n === null ? dash : exactly(rateText(n), `${grouped(n)} bytes per second`));
const seconds = (n) => (n === null ? dash : exactly(secondsText(n), `${n} s`));
const count = (n) => (n === null ? dash : grouped(n));
const percent = (part) => `${(100 * part).toFixed(part < 0.0995 ? 1 : 0)} %`;

// The groups are style alone: what is copied is the number.
function offset(n) {
  if (n === null) return dash;
  const groups = grouped(n).split("\u202f");
  return h(
    "span",
    { class: "digits", title: `offset ${n}` },
    groups.map((group) => h("i", {}, group))
  );
}

// Ages are told by the relay's clock, which need not be this machine's.
const ageOf = (time, now) => (Date.parse(now) - Date.parse(time)) / 1000;
const clockText = (time) =>
  new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const since = (time, now) =>
  time === null ? dash : h("time", { datetime: time, title: time }, secondsText(Math.max(0, ageOf(time, now))));

const plural = (n, one, many = `${one}s`) => `${grouped(n)} ${n === 1 ? one : many}`;
const words = (name) => name.replaceAll("_", " ");
