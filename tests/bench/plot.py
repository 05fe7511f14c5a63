"""The plot: CPU per GB delivered and GB/s by the number of replicas, a line per peer. Plain SVG, put together by hand."""
import math
from xml.sax.saxutils import escape

from peers import CHAINED, DIRECT, RELAY, RELAY_TWO, VALKEY, YARDSTICK

WIDTH, HEIGHT = 460, 320
LEFT, RIGHT, TOP, BOTTOM = 60, 20, 40, 50
COLOURS = {DIRECT: "#b03a2e", CHAINED: "#ca6f1e", VALKEY: "#7d3c98", YARDSTICK: "#808b96", RELAY: "#1f618d", RELAY_TWO: "#17a589"}
VALUE = 1024
ROUND = [digit * 10.0 ** power for power in range(-3, 4) for digit in (1, 2, 5)]


class Linear:
    """An axis from 0, with about five round steps."""

    def __init__(self, values):
        step = next(step for step in ROUND if max(values) / step <= 6)
        self.steps = [i * step for i in range(int(max(values) / step) + 2)]

    def place(self, value):
        return value / self.steps[-1]


class Logarithmic:
    """An axis where twice as much is always the same distance: the figures of 1 replica and of 256 are far apart."""

    def __init__(self, values):
        low, high = math.floor(math.log2(min(values) / 0.1)), math.ceil(math.log2(max(values) / 0.1))
        self.steps = [0.1 * 2.0 ** i for i in range(low, max(high, low + 1) + 1)]

    def place(self, value):
        return math.log(value / self.steps[0]) / math.log(self.steps[-1] / self.steps[0])


def text(x, y, words, anchor="middle", size=12, weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" fill="#222">'
            f"{escape(words)}</text>")


def panel(figures, metric, title, axis_of, at_x):
    points = [point for point in figures.points("cost") if point[2] == VALUE]
    peers = list(dict.fromkeys(point[0] for point in points))
    replicas = sorted({point[1] for point in points})
    medians = {point: figures.median("cost", point, metric) for point in points}
    axis = axis_of([value for value in medians.values() if value] or [1])
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x_of(count):
        return at_x + LEFT + width * (replicas.index(count) + 0.5) / len(replicas)

    def y_of(value):
        return TOP + height * (1 - axis.place(value))

    out = [text(at_x + LEFT + width / 2, 22, title, weight="bold")]
    for step in axis.steps:
        y = y_of(step)
        out.append(f'<line x1="{at_x + LEFT}" y1="{y:.1f}" x2="{at_x + LEFT + width}" y2="{y:.1f}" stroke="#ddd"/>')
        out.append(text(at_x + LEFT - 6, y + 4, f"{step:g}", "end"))
    for count in replicas:
        out.append(text(x_of(count), HEIGHT - BOTTOM + 18, str(count)))
    out.append(text(at_x + LEFT + width / 2, HEIGHT - BOTTOM + 38, "replicas"))
    for peer in peers:
        colour = COLOURS[peer]
        drawn = [(x_of(count), y_of(medians[(peer, count, VALUE)])) for count in replicas
                 if medians.get((peer, count, VALUE))]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in drawn]
    return out, peers


def svg(figures):
    left, peers = panel(figures, "cpu_per_gb", "CPU seconds per GB delivered, 1 KB values (less is better)", Logarithmic, 0)
    right, _ = panel(figures, "gb_per_s", "GB/s delivered (more is better)", Linear, WIDTH)
    legend = []
    for i, peer in enumerate(peers):
        x, colour = 60 + i * 145, COLOURS[peer]
        legend.append(f'<rect x="{x}" y="{HEIGHT + 6}" width="14" height="4" fill="{colour}"/>')
        legend.append(text(x + 20, HEIGHT + 13, peer, "start"))
    size = f'width="{2 * WIDTH}" height="{HEIGHT + 30}" viewBox="0 0 {2 * WIDTH} {HEIGHT + 30}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *left, *right, *legend, "</svg>", ""])
