# Prints the dashboard's expressions as Grafana would send them, one a line: python3 tests/prometheus/expressions.py RATE-INTERVAL
# RANGE
#
# Every variable is set to All, as in a dashboard that has just been opened. Those that need a metric which the relay does not
# have yet (pending_metrics.txt) are left out; check.py sees to it that this list says nothing of metrics that it has.
import json
import re
import sys

import metrics

DASHBOARD = metrics.ROOT / "deploy/grafana/psync-relay.json"


def all_of(dashboard):
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]
    for annotation in dashboard["annotations"]["list"]:
        if "expr" in annotation:
            yield annotation["name"], annotation["expr"]


def defined(dashboard):
    """What each variable stands for as the dashboard is opened."""
    values = {}
    for variable in dashboard["templating"]["list"]:
        values[variable["name"]] = variable.get("allValue") or variable["current"].get("value", "")
    return values


def substituted(expr, values):
    """Longest names first, as $n begins $namespace; a name that is not there stays, and no Prometheus takes it."""
    for name in sorted(values, key=len, reverse=True):
        expr = re.sub(r"\$\{%s\}|\$%s\b" % (name, name), lambda _: values[name], expr)
    return expr


def main(rate_interval, span):
    dashboard = json.loads(DASHBOARD.read_text())
    values = defined(dashboard) | {"__rate_interval": rate_interval, "__range": span}
    for _, expr in all_of(dashboard):
        if not any(metrics.is_pending(name) for name in metrics.used(expr)):
            print(" ".join(substituted(expr, values).split()))


if __name__ == "__main__":
    main(*sys.argv[1:])
