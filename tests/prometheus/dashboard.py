# Writes deploy/grafana/psync-relay.json: python3 tests/prometheus/dashboard.py [--check]   The dashboard is edited here.
#
#  (1) What a panel shows is its expressions, their unit and a sentence of what they mean; how it looks is in grafana.py.
#  (2) Every expression is limited to what the variables choose, and works without the recordings of deploy/prometheus.
#  (3) The same program always writes the same bytes, one property a line, so that a change can be read in a diff.
#
# --check writes nothing and fails if the file is not what would be written.
import json
import pathlib
import sys

from grafana import BLUE, GREEN, GREY, RED, SOURCE, YELLOW, graph, heatmap, instead, laid_out, override, panel, stat, steps, target

FILE = pathlib.Path(__file__).resolve().parents[2] / "deploy/grafana/psync-relay.json"
TARGET = 'namespace=~"$namespace", job=~"$job", instance=~"$instance"'

# In the order of a link that comes up; the place is the value that the state-timeline draws.
LINK_STATES = [("disconnected", GREY), ("backoff", RED), ("connecting", YELLOW), ("handshake", YELLOW), ("waiting_rdb", BLUE),
               ("receiving_rdb", BLUE), ("streaming", GREEN)]


def of(metric, *matchers):
    return "psync_relay_%s{%s}" % (metric, ", ".join([TARGET, *matchers]))


def process(metric):
    return "process_%s{%s}" % (metric, TARGET)


def age(metric, *matchers):
    series = of(metric, *matchers)
    return "timestamp(%s) - %s" % (series, series)


def rate(metric, *matchers):
    return "rate(%s[$__rate_interval])" % of(metric, *matchers)


def increase(metric, *matchers):
    return "increase(%s[$__rate_interval])" % of(metric, *matchers)


def quantile(q, metric):
    return "histogram_quantile(%s, sum by (instance, le) (%s))" % (q, rate(metric + "_bucket"))


def overview():
    yield stat("Link to the master", "Whether the master's stream is being received.",
               [target(of("upstream_up"))], mappings=instead(("down", RED), ("streaming", GREEN)), width=4)
    yield stat("Replicas", "Online, of those that metrics.replicas-expected says there should be (nothing where it is not set).",
               [target("sum(%s)" % of("replicas", 'state="online"'), "online"),
                target("max(%s)" % of("replicas_expected"), "expected")], text="value_and_name", width=4)
    yield stat("Worst lag", "Of the replica that is furthest behind: bytes, and the age of the oldest byte that it lacks.",
               [target("max(%s)" % of("replica_slowest_lag_bytes"), "bytes"),
                target("max(%s)" % of("replica_slowest_lag_seconds"), "time")], "bytes", text="value_and_name", width=4,
               overrides=[override("time", {"unit": "s", "thresholds": steps((None, GREEN), (10, YELLOW), (30, RED))})])
    yield stat("Log window", "For how long a replica may be away and still continue.",
               [target("min(%s)" % age("log_oldest_timestamp_seconds"), "window")], "dtdurations", width=4,
               thresholds=steps((None, RED), (900, YELLOW), (3600, GREEN)))
    yield stat("Full syncs spared",
               "In the time shown: those that replicas got from here, and the master did not have to fork for.",
               [target("sum(increase(%s[$__range]))" % of("full_syncs_spared_total"), "spared")], width=4,
               defaults={"decimals": 0})
    yield stat("Disk left", "Of the file system of the data directory.",
               [target("min(%s / %s)" % (of("storage_free_bytes"), of("storage_size_bytes")), "left")], "percentunit", width=4,
               thresholds=steps((None, RED), (0.05, YELLOW), (0.15, GREEN)))
    yield stat("Warnings", "What the relay itself warns of; each has a page in deploy/runbooks.",
               [target("max by (code) (%s)" % of("warnings"), "{{code}}")], text="value_and_name", width=24, height=3,
               mappings=instead(("ok", GREEN), ("look", RED)), thresholds=steps((None, GREEN), (1, RED)))


def upstream():
    yield graph("Received from the master", "By channel: the stream, and snapshots.",
                [target("sum by (instance, channel) (%s)" % rate("upstream_receive_bytes_total"),
                        "{{instance}} {{channel}}")], "Bps")
    states = "\n  or ".join("%s * %d" % (of("upstream_state", 'state="%s"' % state), number)
                            for number, (state, _) in enumerate(LINK_STATES))
    yield panel("state-timeline", "State of the link", "From a connection that is not there to the stream.",
                [target("max by (instance) (\n  %s\n)" % states)],
                mappings=instead(*LINK_STATES),
                options={"mergeValues": True, "showValue": "auto", "rowHeight": 0.8,
                         "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False},
                         "tooltip": {"mode": "single"}})
    yield graph("Silence of the master", "Since its last byte. A master sends a PING every repl-ping-replica-period.",
                [target(age("upstream_last_io_timestamp_seconds"))], "s", limit=30)
    yield graph("Syncs with the master", "Each full one makes the master fork, also if it breaks off.",
                [target("sum by (instance, kind) (%s)" % increase("upstream_syncs_total"), "{{instance}} {{kind}}"),
                 target("sum by (instance, kind) (%s)" % increase("upstream_sync_failures_total"),
                        "{{instance}} {{kind}}, failed")],
                bars=True)
    yield graph("Snapshot that is arriving",
                "What has come of it, and its size where the master says it (not with a diskless sync).",
                [target(of("upstream_full_sync_received_bytes"), "{{instance}} received"),
                 target(of("upstream_full_sync_size_bytes"), "{{instance}} size")], "bytes")
    yield graph("Links lost, by reason", "",
                [target("sum by (instance, reason) (%s)" % increase("upstream_disconnects_total"),
                        "{{instance}} {{reason}}")], bars=True)
    yield graph("Not yet acknowledged to the master",
                "What WAIT on the master waits for; upstream.ack says what an acknowledgement means.",
                [target("%s - %s" % (of("upstream_offset_bytes"), of("upstream_acked_offset_bytes")))], "bytes")
    yield graph("Reading from the master is paused", "1 while memory is full of what the disk has not stored.",
                [target(of("upstream_paused"))], most=1)
    yield graph("Duration of full syncs with the master", "The 90th percentile of those that have ended.",
                [target(quantile(0.9, "upstream_full_sync_duration_seconds"))], "s")


def log():
    end = of("log_end_offset_bytes")
    yield graph("Behind the end of the log", "How far back the log begins, the snapshot is, and the disk has stored.",
                [target("%s - %s" % (end, of("log_start_offset_bytes")), "{{instance}} begin"),
                 target("%s - %s" % (end, of("snapshot_offset_bytes")), "{{instance}} snapshot"),
                 target("%s - %s" % (end, of("log_durable_offset_bytes")), "{{instance}} durable")], "bytes")
    yield graph("Size of the log", "On disk, the limit that it is kept below (beyond it only for the snapshot), and in memory.",
                [target(of("log_bytes"), "{{instance}} disk"), target(of("log_limit_bytes"), "{{instance}} limit"),
                 target(of("log_memory_bytes"), "{{instance}} memory")], "bytes")
    yield graph("Window", "The age of the oldest byte held.", [target(age("log_oldest_timestamp_seconds"))], "s")
    yield graph("Appended and trimmed", "",
                [target(rate("log_append_bytes_total"), "{{instance}} appended"),
                 target(rate("log_trimmed_bytes_total"), "{{instance}} trimmed")], "Bps")
    yield graph("fsync", "Half are faster than the lower line, one in a hundred is slower than the upper.",
                [target(quantile(0.5, "log_fsync_duration_seconds"), "{{instance}} p50"),
                 target(quantile(0.99, "log_fsync_duration_seconds"), "{{instance}} p99")], "s")
    yield heatmap("fsync, all of them", "How many took how long.",
                  [target("sum by (le) (%s)" % increase("log_fsync_duration_seconds_bucket"), "{{le}}",
                          format="heatmap")], "s", False)
    yield graph("Age of the snapshot", "", [target(age("snapshot_timestamp_seconds"))], "s")
    yield graph("Size of the snapshot", "", [target(of("snapshot_bytes"))], "bytes")
    yield graph("Snapshots fetched, and failed", "A refresh makes the master fork. Failures by the stage that failed.",
                [target(increase("snapshot_refreshes_total"), "{{instance}} refreshed"),
                 target(increase("snapshot_failures_total"), "{{instance}} {{stage}} failed")], bars=True)
    yield graph("Disk", "Left on the file system of the data directory, and its size.",
                [target(of("storage_free_bytes"), "{{instance}} left"),
                 target(of("storage_size_bytes"), "{{instance}} size")], "bytes")
    yield graph("Disk operations that failed", "", [target(increase("storage_errors_total"), "{{instance}} {{op}}")], bars=True)
    yield graph("Log in memory only", "1 while the disk does not take the log.",
                [target(of("storage_degraded"))], most=1)


def replicas():
    named = 'replica=~"$replica"'
    yield graph("Lag, bytes", "Of the $n replicas that are furthest behind.",
                [target("topk($n, %s)" % of("replica_lag_bytes", named), "{{replica}}")], "bytes")
    yield graph("Lag, seconds", "The age of the oldest byte not acknowledged, of the $n that are furthest behind.",
                [target("topk($n, %s)" % of("replica_lag_seconds", named), "{{replica}}")], "s", limit=30)
    yield heatmap("Lag of all replicas", "How many are how far behind.", [target(of("replica_lag_bytes"), "{{replica}}")], "bytes",
                  True)

    def column(expr):
        return target("max by (replica) (%s)" % expr, "", format="table", instant=True)

    table = [column(of("replica_online", named)), column(of("replica_lag_bytes", named)), column(of("replica_lag_seconds", named)),
             column(age("replica_last_ack_timestamp_seconds", named)), column(of("replica_ack_offset_bytes", named))]
    names = {"Value #A": "online", "Value #B": "lag", "Value #C": "lag in time", "Value #D": "last ack", "Value #E": "offset"}
    limits = steps((None, GREEN), (10, YELLOW), (30, RED))
    colored = {"custom.cellOptions": {"type": "color-text"}}
    yield panel("table", "Each replica", "Last ack: how long ago. A replica acknowledges once a second.", table, width=12,
                height=10,
                options={"showHeader": True, "cellHeight": "sm", "sortBy": [{"displayName": "lag", "desc": True}]},
                overrides=[override("online", colored | {"mappings": instead(("no", YELLOW), ("yes", GREEN))}),
                           override("lag", {"unit": "bytes"}),
                           override("lag in time", colored | {"unit": "s", "thresholds": limits}),
                           override("last ack", colored | {"unit": "s", "thresholds": limits}),
                           override("offset", {"unit": "none"})],
                transformations=[{"id": "merge", "options": {}},
                                 {"id": "organize", "options": {"excludeByName": {"Time": True}, "indexByName": {},
                                                                "renameByName": names}}])
    yield graph("States", "", [target("sum by (state) (%s)" % of("replicas"), "{{state}}")], stacked=True, width=12, height=10)
    yield graph("Sent to replicas", "By channel: the stream, and snapshots.",
                [target("sum by (instance, channel) (%s)" % rate("replica_send_bytes_total"), "{{instance}} {{channel}}")], "Bps")
    yield graph("Full syncs, running and queued",
                "Queued: waiting for a snapshot, for a free transfer, or for bytes that the relay lacks.",
                [target("sum by (instance) (%s)" % of("replicas", 'state="sending_rdb"'), "{{instance}} running"),
                 target("sum by (instance) (%s)" % of("replicas", 'state="queued"'), "{{instance}} queued")])
    yield graph("Full syncs, what has been sent", "Of the snapshot, to each replica that is receiving it.",
                [target("topk($n, %s)" % of("replica_full_sync_sent_bytes", named), "{{replica}}")], "bytes")
    yield graph("Syncs given", "", [target("sum by (instance, kind) (%s)" % increase("replica_syncs_total"),
                                           "{{instance}} {{kind}}")],
                bars=True)
    yield graph("Partial syncs refused, by reason",
                "no_history: the replica came without data. trimmed: it was away for longer than the log.",
                [target("sum by (reason) (%s)" % increase("replica_partial_refusals_total"), "{{reason}}")], bars=True)
    yield graph("Disconnects, by reason", "", [target("sum by (reason) (%s)" % increase("replica_disconnects_total"),
                                                      "{{reason}}")],
                bars=True)
    yield graph("Written and not yet taken by the replica's host", "Of the $n with the most.",
                [target("topk($n, %s)" % of("replica_output_queue_bytes", named), "{{replica}}")], "bytes")
    yield graph("Duration of full syncs given", "The 90th percentile of those that have ended.",
                [target(quantile(0.9, "replica_full_sync_duration_seconds"))], "s")
    yield graph("From the master's bytes to the replica's socket", "Propagation delay, sampled.",
                [target(quantile(0.5, "propagation_delay_seconds"), "{{instance}} p50"),
                 target(quantile(0.99, "propagation_delay_seconds"), "{{instance}} p99")], "s")


def the_process():
    yield graph("CPU", "Processors in use.", [target("rate(%s[$__rate_interval])" % process("cpu_seconds_total"))])
    yield graph("Memory", "Resident.", [target(process("resident_memory_bytes"))], "bytes")
    yield graph("Open files", "And how many may be.", [target(process("open_fds"), "{{instance}} open"),
                                                     target(process("max_fds"), "{{instance}} allowed")])
    yield graph("Threads", "", [target(process("threads"))], width=6)
    yield graph("Clients", "Connections to the Redis port, replicas included.", [target(of("clients"))], width=6)
    yield graph("Log lines, by level", "", [target("sum by (level) (%s)" % increase("log_messages_total"), "{{level}}")], bars=True,
                width=6)
    yield graph("HTTP requests", "", [target("sum by (handler, code) (%s)" % rate("http_requests_total"), "{{handler}} {{code}}")],
                "reqps", width=6)


ROWS = [("Overview", overview), ("The link to the master", upstream), ("Log and snapshot", log), ("Replicas", replicas),
        ("Process", the_process)]

ANNOTATIONS = [
    ("Full syncs with the master", RED, 'changes(%s[1m]) > 0' % of("upstream_syncs_total", 'kind="full"'), "{{instance}}"),
    ("Links resumed", BLUE, 'changes(%s[1m]) > 0' % of("upstream_syncs_total", 'kind="partial"'), "{{instance}}"),
    ("Reloads", GREEN, "changes(%s[1m]) > 0" % of("config_last_reload_success_timestamp_seconds"), "{{instance}}"),
    ("Restarts", YELLOW, "changes(%s[1m]) > 0" % process("start_time_seconds"), "{{instance}}"),
]


def chosen_of(name, label, expr):
    return {"name": name, "label": label, "type": "query", "datasource": SOURCE, "definition": expr,
            "query": {"query": expr, "refId": name},
            "refresh": 2, "sort": 1, "multi": True, "includeAll": True, "allValue": ".*", "current": {"text": ["All"],
                                                                                                      "value": ["$__all"]},
            "hide": 0, "options": [], "regex": "", "skipUrlSync": False}


def variables():
    info = "psync_relay_build_info"
    yield {"name": "DS_PROM", "label": "Prometheus", "type": "datasource", "query": "prometheus", "refresh": 1, "current": {},
           "hide": 0, "includeAll": False, "multi": False, "options": [], "regex": "", "skipUrlSync": False}
    yield chosen_of("namespace", "Namespace", "label_values(%s, namespace)" % info)
    yield chosen_of("job", "Job", 'label_values(%s{namespace=~"$namespace"}, job)' % info)
    yield chosen_of("instance", "Relay", 'label_values(%s{namespace=~"$namespace", job=~"$job"}, instance)' % info)
    yield chosen_of("replica", "Replica", "label_values(%s, replica)" % of("replica_online"))
    counts = ["5", "10", "20", "50"]
    yield {"name": "n", "label": "Replicas shown", "type": "custom", "query": ",".join(counts),
           "current": {"text": "10", "value": "10"},
           "options": [{"text": count, "value": count, "selected": count == "10"} for count in counts],
           "hide": 0, "includeAll": False, "multi": False, "skipUrlSync": False}


def annotations():
    yield {"name": "Annotations & Alerts", "type": "dashboard", "builtIn": 1, "enable": True, "hide": True,
           "datasource": {"type": "grafana", "uid": "-- Grafana --"}, "iconColor": "rgba(0, 211, 255, 1)"}
    for name, color, expr, text in ANNOTATIONS:
        yield {"name": name, "enable": True, "hide": False, "datasource": SOURCE, "iconColor": color, "expr": expr, "step": "60s",
               "titleFormat": name, "textFormat": text, "tagKeys": "instance", "useValueForTime": False}


def dashboard():
    return {
        "uid": "psync-relay", "title": "psync-relay", "description": "Replication relays: their masters, logs and replicas.",
        "tags": ["redis", "valkey", "replication"], "schemaVersion": 39, "version": 1, "editable": True, "graphTooltip": 1,
        "refresh": "30s", "time": {"from": "now-1h", "to": "now"}, "timepicker": {}, "timezone": "", "fiscalYearStartMonth": 0,
        "liveNow": False, "weekStart": "", "links": [],
        "annotations": {"list": list(annotations())}, "templating": {"list": list(variables())}, "panels": list(laid_out(ROWS)),
    }


def main(arguments):
    text = json.dumps(dashboard(), indent=2) + "\n"
    if arguments == ["--check"]:
        if not FILE.exists() or FILE.read_text() != text:
            print("%s is not what tests/prometheus/dashboard.py writes; run it without --check" % FILE.name, file=sys.stderr)
            return 1
        return 0
    FILE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
