// Reads what is drawn, in one go, inside the page. The functions run there: they may use nothing from outside themselves.
"use strict";

// Everything that has a number of the API behind it.
function whatIsShown() {
  const all = (selector, of, root = document) => [...root.querySelectorAll(selector)].map(of);
  const text = (element) => element?.textContent.trim();
  const facts = (id) =>
    Object.fromEntries(
      all(`#${id} dl > div`, (fact) => [
        text(fact.querySelector("dt")),
        { text: text(fact.querySelector("dd")), titles: all("[title]", (one) => one.title, fact) },
      ])
    );
  return {
    time: document.getElementById("main").dataset.time,
    upstream: facts("upstream"),
    held: facts("held"),
    relay: facts("relay"),
    checks: all("#relay .checks li", (check) => text(check)),
    rows: all("#replicas tbody tr", (row) => ({
      id: row.dataset.key,
      name: text(row.querySelector("th strong")),
      state: text(row.querySelector(".badge")),
      cells: Object.fromEntries(
        all(
          "td[data-column]",
          (cell) => [
            cell.dataset.column,
            { text: text(cell), title: cell.querySelector("[title]")?.title, bar: cell.querySelector("progress")?.value },
          ],
          row
        )
      ),
    })),
    marks: Object.fromEntries(
      all(".ruler .mark", (mark) => [
        mark.getAttribute("class").replace("mark of-", ""),
        { offset: Number(mark.dataset.offset), x: Number(/M([\d.]+)/.exec(mark.getAttribute("d"))[1]) },
      ])
    ),
    zones: Object.fromEntries(
      all(".ruler .zone", (zone) => [
        zone.getAttribute("class").replace("zone ", ""),
        { from: Number(zone.dataset.from), to: Number(zone.dataset.to) },
      ])
    ),
    ticks: all(".ruler .tick", (tick) => ({ id: tick.dataset.key, offset: Number(tick.dataset.offset) })),
    rulerWidth: Number(document.querySelector(".ruler")?.getAttribute("width")),
    boxes: all(".topology .box", (box) => all("text", (one) => one.querySelector("title")?.textContent ?? text(one), box)),
    edges: document.querySelectorAll(".topology .edge").length,
    tiles: Object.fromEntries(
      all(".tile", (tile) => [
        tile.dataset.key,
        { text: text(tile.querySelector("strong")), exact: tile.querySelector("strong").title },
      ])
    ),
    events: all("#events .events li[data-key]", (event) => ({
      id: Number(event.dataset.key),
      time: event.querySelector("time")?.dateTime,
      text: text(event),
    })),
    warnings: all("#warnings .warning", (warning) => text(warning)),
    footer: text(document.getElementById("end")),
    elements: document.querySelectorAll("*").length,
  };
}

// Pairs of labels that lie on one another.
function overlaps(selector) {
  const boxes = [...document.querySelectorAll(selector)].map((one) => ({
    text: one.textContent,
    box: one.getBoundingClientRect(),
  }));
  return boxes.flatMap((a, i) =>
    boxes
      .slice(i + 1)
      .filter((b) => a.box.left < b.box.right && b.box.left < a.box.right && a.box.top < b.box.bottom && b.box.top < a.box.bottom)
      .map((b) => [a.text, b.text])
  );
}

// Texts that lie outside what contains them, or make the page wider than its window.
function tooWide() {
  const width = document.documentElement.clientWidth;
  const wide = [...document.querySelectorAll("main *, header *, footer *")]
    .filter((one) => {
      const box = one.getBoundingClientRect();
      return box.width > 0 && !one.closest(".hidden, .scroll table") && (box.right > width + 0.5 || box.left < -0.5);
    })
    .map((one) => `${one.nodeName} ${one.getAttribute("class")} ${one.textContent.slice(0, 40)}`);
  return { scroll: document.documentElement.scrollWidth - width, wide };
}

// Texts whose contrast to what is painted below them is under 4.5 (3 for large ones), by WCAG's formula. Colours are resolved by
// painting them, so that color-mix() and light-dark() count as they look.
function faintTexts() {
  const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", {
    willReadFrequently: true,
  });
  const over = (ground, colour) => {
    context.fillStyle = `rgb(${ground.join(" ")})`;
    context.fillRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const groundOf = (element) => {
    const chain = [];
    for (let one = element; one; one = one.parentElement) chain.unshift(one);
    return chain.reduce(
      (ground, one) => {
        const style = getComputedStyle(one);
        if (one instanceof SVGElement) {
          const rect = one.matches(".box") ? one.querySelector("rect") : null;
          return rect ? over(ground, getComputedStyle(rect).fill) : ground;
        }
        return over(ground, style.backgroundColor);
      },
      [255, 255, 255]
    );
  };
  const light = (rgb) =>
    rgb
      .map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
      .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  return [...document.querySelectorAll("body *")]
    .filter(
      (one) =>
        one.checkVisibility() &&
        !one.closest(":disabled, script, title, .hidden") &&
        [...one.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim() !== "")
    )
    .flatMap((one) => {
      const style = getComputedStyle(one);
      const ground = groundOf(one);
      const [a, b] = [light(over(ground, one instanceof SVGElement ? style.fill : style.color)), light(ground)].sort(
        (x, y) => y - x
      );
      const contrast = (a + 0.05) / (b + 0.05);
      const needed = parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 600 ? 3 : 4.5;
      return contrast < needed
        ? [`${contrast.toFixed(2)}: ${one.nodeName} ${one.getAttribute("class")} "${one.textContent.slice(0, 40)}"`]
        : [];
    });
}

module.exports = { whatIsShown, overlaps, tooWide, faintTexts };
