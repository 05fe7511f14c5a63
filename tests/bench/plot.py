"""The plot: CPU per GB delivered and GB/s by the number of replicas, a line per peer. Plain SVG, put together by hand."""
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 460, 320
LEFT, RIGHT, TOP, BOTTOM = 60, 20, 40, 50
COLOURS = ("#b03a2e", "#ca6f1e", "#7d3c98", "#808b96", "#1f618d", "#17a589")
VALUE = 1024


def steps_up_to(top):
    """Round numbers for an axis, about five."""
    step = 0.01
    while top / step > 6:
        for factor in (2, 2.5, 2):
            step *= factor
            if top / step <= 6:
                break
    return [i * step for i in range(int(top / step) + 2)]


def text(x, y, words, anchor="middle", size=12, weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" fill="#222">'
            f"{escape(words)}</text>")


def panel(figures, metric, title, at_x):
    points = [point for point in figures.points("cost") if point[2] == VALUE]
    peers = list(dict.fromkeys(point[0] for point in points))
    replicas = sorted({point[1] for point in points})
    medians = {point: figures.median("cost", point, metric) for point in points}
    top = max([value for value in medians.values() if value is not None], default=1)
    steps = steps_up_to(top)
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x_of(count):
        return at_x + LEFT + width * (replicas.index(count) + 0.5) / len(replicas)

    def y_of(value):
        return TOP + height * (1 - value / steps[-1])

    out = [text(at_x + LEFT + width / 2, 22, title, weight="bold")]
    for step in steps:
        y = y_of(step)
        out.append(f'<line x1="{at_x + LEFT}" y1="{y:.1f}" x2="{at_x + LEFT + width}" y2="{y:.1f}" stroke="#ddd"/>')
        out.append(text(at_x + LEFT - 6, y + 4, f"{step:g}", "end"))
    for count in replicas:
        out.append(text(x_of(count), HEIGHT - BOTTOM + 18, str(count)))
    out.append(text(at_x + LEFT + width / 2, HEIGHT - BOTTOM + 38, "replicas"))
    for peer, colour in zip(peers, COLOURS):
        drawn = [(x_of(count), y_of(medians[(peer, count, VALUE)])) for count in replicas
                 if medians.get((peer, count, VALUE)) is not None]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in drawn]
    return out, peers


def svg(figures):
    left, peers = panel(figures, "cpu_per_gb", "CPU seconds per GB delivered, 1 KB values (less is better)", 0)
    right, _ = panel(figures, "gb_per_s", "GB/s delivered (more is better)", WIDTH)
    legend = []
    for i, (peer, colour) in enumerate(zip(peers, COLOURS)):
        x = 60 + i * 145
        legend.append(f'<rect x="{x}" y="{HEIGHT + 6}" width="14" height="4" fill="{colour}"/>')
        legend.append(text(x + 20, HEIGHT + 13, peer, "start"))
    size = f'width="{2 * WIDTH}" height="{HEIGHT + 30}" viewBox="0 0 {2 * WIDTH} {HEIGHT + 30}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *left, *right, *legend, "</svg>", ""])
