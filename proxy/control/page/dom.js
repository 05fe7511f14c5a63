// Building and renewing what is on the page. The files of this folder are joined in the order that CMakeLists.txt names, as one
// module.
//
//  (1) A view is a function of what is known. It builds its elements anew each time, and morph() makes the page like them: what is
//      the same stays the same element, with its focus, its place and its running animation.
//  (2) What the relay says only ever becomes text or the value of an attribute, never markup.

function attach(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "style") Object.entries(value).forEach(([key, text]) => element.style.setProperty(key, text));
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}
const h = (tag, attributes, ...children) => attach(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) =>
  attach(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

function morph(live, next) {
  if (live.nodeType === Node.TEXT_NODE) {
    if (live.data !== next.data) live.data = next.data;
    return;
  }
  for (const { name } of [...live.attributes]) {
    // A dialog's or a detail's being open is the visitor's.
    if (!next.hasAttribute(name) && name !== "open") live.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (live.getAttribute(name) === value) continue;
    if (name === "style") live.style.cssText = next.style.cssText;
    else live.setAttribute(name, value);
  }
  morphChildren(live, next);
}

// Children with data-key are the same where their key is; the others, where their place is.
function morphChildren(live, next) {
  const wanted = new Set([...next.children].map((child) => child.dataset.key));
  const keyed = new Map();
  for (const child of [...live.children]) {
    if (child.dataset.key === undefined) continue;
    if (wanted.has(child.dataset.key)) keyed.set(child.dataset.key, child);
    else child.remove();
  }
  let at = live.firstChild;
  for (const child of [...next.childNodes]) {
    const key = child.dataset?.key;
    const fits = at && at.nodeName === child.nodeName && at.dataset?.key === undefined;
    const same = key === undefined ? (fits ? at : null) : keyed.get(key);
    if (!same) {
      live.insertBefore(child, at);
      continue;
    }
    if (same === at) at = at.nextSibling;
    else live.insertBefore(same, at);
    morph(same, child);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

// Makes `place` contain `children`, and gives the focus back to what only changed its place.
function show(place, ...children) {
  const focused = document.activeElement;
  morphChildren(place, h("div", {}, ...children));
  if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
}

// How wide a text will be; what is drawn has to know before.
const pen = document.createElement("canvas").getContext("2d");
function textWidth(text, font = "11.5px") {
  pen.font = `${font} ${getComputedStyle(document.body).fontFamily}`;
  return Math.ceil(pen.measureText(text).width * 1.02);
}

const shapes = {
  ok: "M2.5 8.5 6 12l7.5-8",
  bad: "M3.5 3.5l9 9m0-9-9 9",
  beware: "M8 2 14.5 13.5h-13zM8 6.5v3.2m0 1.6v.2",
  online: "M8 3a5 5 0 1 0 .01 0zM5.6 8.1l1.8 1.8 3-3.4",
  catching_up: "M3 13 8 4l5 9zM8 8v2",
  sending_rdb: "M8 2.5v8m-3.5-3L8 11l3.5-3.5M3 13.5h10",
  queued: "M8 2.5a5.5 5.5 0 1 0 .01 0zM8 5v3.2l2.2 1.5",
  handshake: "M3 8h10m-3-3 3 3-3 3",
  up: "M8 12V4m-3.5 3.5L8 4l3.5 3.5",
  down: "M8 4v8M4.5 8.5 8 12l3.5-3.5",
  theme: "M8 2a6 6 0 1 0 .01 0zM8 2v12M8 5h3.8M8 8h5.5M8 11h3.8",
};
const icon = (shape, kind = "") =>
  svg("svg", { class: `icon ${kind}`, viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: shapes[shape] }));
