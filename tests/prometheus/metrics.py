# The metrics that the relay has, read from its own table (proxy/metrics/names.h), and the names that an expression of Prometheus
# uses.
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
PENDING = pathlib.Path(__file__).with_name("pending_metrics.txt")

# What Prometheus says itself of a target that it scrapes.
OF_PROMETHEUS = {"up"}

# What a scrape may add to every series, and what Grafana's heatmaps group by.
LABELS_OF_TARGETS = {"namespace", "job", "instance", "pod"}

_row = re.compile(r'Row\{"([a-z0-9_]+)",\s*k(Gauge|Counter|Histogram),\s*"([a-z0-9_,]*)"')
_name = re.compile(r"(?<![\w:$.])([a-zA-Z_:][\w:]*)\b(?!\s*\()")
_words = {"by", "without", "on", "ignoring", "group_left", "group_right", "and", "or", "unless", "bool", "offset", "inf", "nan"}


def known():
    """Each series' name with the set of its labels: for a histogram its three."""
    found = {}
    for name, kind, labels in _row.findall((ROOT / "proxy/metrics/names.h").read_text()):
        names = set(filter(None, labels.split(",")))
        if kind == "Histogram":
            found.update({name + "_bucket": names | {"le"}, name + "_sum": names, name + "_count": names})
        else:
            found[name] = names
    return found


def pending():
    """Metrics that are used before the relay has them. The file is gone once there are none."""
    return set(PENDING.read_text().split()) if PENDING.exists() else set()


def is_pending(name):
    family = re.sub(r"_(bucket|sum|count)$", "", name)
    return bool({name, family} & pending())


def without_literals(expr):
    return re.sub(r'"(?:\\.|[^"\\])*"', '""', expr)


def used(expr):
    """The names of series in an expression, each with the labels that it is chosen by."""
    bare = re.sub(r"\[[^\]]*\]", "", without_literals(expr))
    bare = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", bare)
    chosen = {}
    for match in re.finditer(r"([a-zA-Z_:][\w:]*)\s*\{([^}]*)\}", bare):
        chosen.setdefault(match.group(1), set()).update(re.findall(r"([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)", match.group(2)))
    bare = re.sub(r"\{[^}]*\}", "", bare)
    return {name: chosen.get(name, set()) for name in _name.findall(bare) if name.lower() not in _words}
