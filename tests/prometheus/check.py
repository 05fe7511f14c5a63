# What must hold of the rules, their runbooks and the dashboard, and can be seen without running anything: tests/prometheus/check.py
#
#  (1) Each alert has a name in CamelCase, a severity, a summary, a description and a page of its own, which says what it has to.
#  (2) Each alert has a case in which it fires and one in which it does not, and is in the table of deploy/prometheus/README.md.
#  (3) Every metric that a rule, a panel or a variable names is in proxy/metrics/names.h, with every label that it is chosen by,
#      or is a recording, or Prometheus's own.
#  (4) The dashboard is what dashboard.py writes; ids are unique, panels do not overlap, each panel says what it shows in a unit.
#
# Prints one line for each finding, and exits with 1 if there is any.
import json
import re
import sys

import yaml

import dashboard
import expressions
import metrics

PROMETHEUS = metrics.ROOT / "deploy/prometheus"
RUNBOOKS = metrics.ROOT / "deploy/runbooks"
HEADINGS = ["## What it means", "## What users notice", "## First three commands", "## Causes, the likeliest first",
            "## How to end it"]


def groups():
    return yaml.safe_load((PROMETHEUS / "psync-relay.rules.yaml").read_text())["groups"]


def alerts():
    return [rule for group in groups() for rule in group["rules"] if "alert" in rule]


def recordings():
    return {rule["record"] for group in groups() for rule in group["rules"] if "record" in rule}


def of_alert(rule):
    name = rule["alert"]
    if not re.fullmatch(r"PsyncRelay([A-Z][a-z]+)+", name):
        yield name, "is not PsyncRelay and words in CamelCase"
    if rule.get("labels", {}).get("severity") not in ("critical", "warning"):
        yield name, "has no severity, critical or warning"
    for annotation in ("summary", "description", "runbook_url"):
        if not rule.get("annotations", {}).get(annotation):
            yield name, f"has no {annotation}"
    if rule.get("annotations", {}).get("runbook_url") != f"deploy/runbooks/{name}.md":
        yield name, "points to a runbook that is not its own"
    if f"| [{name}](../runbooks/{name}.md) |" not in (PROMETHEUS / "README.md").read_text():
        yield name, "is not in the table of deploy/prometheus/README.md"


def of_runbooks():
    names = {rule["alert"] for rule in alerts()}
    pages = {page.stem: page.read_text() for page in RUNBOOKS.glob("*.md")}
    for name in names - set(pages):
        yield name, "has no runbook"
    for name in set(pages) - names:
        yield name, "is a runbook without an alert"
    for name, text in pages.items():
        if not text.startswith(f"# {name}\n"):
            yield name, "the runbook does not begin with its name"
        if [line for line in text.split("\n") if line.startswith("## ")] != HEADINGS:
            yield name, f"the runbook's headings are not {HEADINGS}"
        commands = text.partition(HEADINGS[2])[2].partition(HEADINGS[3])[0]
        if commands.count("```") != 6:
            yield name, "the runbook does not show three commands, each with what it prints"
        for key in re.findall(r"`((?:upstream|listen|http|log|snapshot|limits|replicas|metrics|admin)\.[a-z-]+)`", text):
            if not has_key(key) and not metrics.is_pending("psync_relay_" + key.split(".")[1].replace("-", "_")):
                yield name, f"the runbook speaks of {key}, which config.example.yaml does not have"
        for metric in re.findall(r"\b(psync_relay_\w+)(?![\w(])", text):
            if metric not in metrics.known() and not metrics.is_pending(metric):
                yield name, f"the runbook speaks of {metric}, which the relay does not have"


def has_key(key):
    group, _, name = key.partition(".")
    text = (metrics.ROOT / "config.example.yaml").read_text()
    section = re.search(r"^%s:$(.*?)(?=^\S|\Z)" % group, re.sub(r"^#.*$", "", text, flags=re.M), re.M | re.S)
    return bool(section and re.search(r"^  %s:" % re.escape(name), section.group(1), re.M))


def of_cases():
    fires, silent = set(), set()
    for test in yaml.safe_load((PROMETHEUS / "psync-relay.rules.test.yaml").read_text())["tests"]:
        for case in test.get("alert_rule_test", []):
            (fires if case["exp_alerts"] else silent).add(case["alertname"])
    for name in {rule["alert"] for rule in alerts()}:
        if name not in fires:
            yield name, "has no test in which it fires"
        if name not in silent:
            yield name, "has no test in which it does not fire"


def of_names(where, expr):
    known = metrics.known() | {name: None for name in metrics.OF_PROMETHEUS | recordings()}
    for name, labels in metrics.used(expr).items():
        if name not in known:
            if not metrics.is_pending(name):
                yield where, f"{name} is not a metric of the relay"
        elif known[name] is not None and labels - known[name] - metrics.LABELS_OF_TARGETS:
            yield where, f"{name} has no label {', '.join(sorted(labels - known[name] - metrics.LABELS_OF_TARGETS))}"


def of_pending():
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in metrics.known()}
    for name in sorted(metrics.pending() & (set(metrics.known()) | families)):
        yield name, "is there now: take it out of tests/prometheus/pending_metrics.txt (and delete the file when it is empty)"


def of_dashboard(made):
    if dashboard.main(["--check"]) != 0:
        yield "psync-relay.json", "is not what tests/prometheus/dashboard.py writes"
    panels = made["panels"]
    if len({panel["id"] for panel in panels}) != len(panels):
        yield "psync-relay.json", "has two panels with one id"
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        if taken & cells or place["x"] + place["w"] > 24:
            yield panel["title"], "lies over another panel, or beyond the edge"
        taken |= cells
        if panel["type"] != "row" and not (panel["targets"] and panel["fieldConfig"]["defaults"].get("unit")):
            yield panel["title"], "has no expression or no unit"


def findings():
    made = json.loads(expressions.DASHBOARD.read_text())
    for rule in alerts():
        yield from of_alert(rule)
    yield from of_runbooks()
    yield from of_cases()
    for group in groups():
        for rule in group["rules"]:
            yield from of_names(rule.get("alert") or rule["record"], rule["expr"])
    for title, expr in expressions.all_of(made):
        yield from of_names(title, expr)
    for variable in made["templating"]["list"]:
        if variable["type"] == "query":
            asked = re.fullmatch(r"label_values\((.*), \w+\)", variable["definition"])
            yield from of_names(variable["name"], asked.group(1))
    yield from of_pending()
    yield from of_dashboard(made)


def main():
    count = 0
    for where, what in findings():
        print(f"{where}: {what}")
        count += 1
    print(f"{len(alerts())} alerts, {len(metrics.known())} series, {count} findings")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
