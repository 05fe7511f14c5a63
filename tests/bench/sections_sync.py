"""The sections about joining: full syncs, memory, a restart, a herd that comes back."""
import time

from peers import CHAINED, DIRECT, RELAY, RELAY_TWO
from processes import BenchFault, Load, PortPrinter, Sinks, info, wait_until
from sections_stream import settled, warmed

COLD_RELAY = "relay that holds nothing yet"
SENDFILE = "sendfile"


def full_syncs_of(bench, sizes, name, replicas):
    if name == SENDFILE:
        return sendfile_of(bench, sizes, replicas)
    master = bench.master()
    master.populate(sizes.snapshot)
    before, cpu = info(master.port), master.cpu()
    if name == COLD_RELAY:
        started = time.monotonic()
        fan_out = bench.unlinked_relay(master)
    else:
        fan_out = bench.peer(name, master)
        started = time.monotonic()
    sinks = Sinks(bench, fan_out.port, replicas)
    status = sinks.wait_until_streaming(patience=600)
    seconds = status["all_streaming_since"] / 1e9 - started  # the same clock
    if status["full_syncs"] != replicas:
        raise BenchFault(f"{replicas} full syncs are wanted: {status}")
    if status["snapshot_bytes"] < replicas * sizes.snapshot * 0.9:
        raise BenchFault(f"this is not {replicas} times a snapshot of {sizes.snapshot} bytes: {status}")
    settled(master, sinks)
    # The end of a child is noticed by a timer of the server's; until then its CPU is not counted.
    wait_until(lambda: info(master.port)["rdb_bgsave_in_progress"] == "0", "the master's child to end")
    after = info(master.port)
    return {"seconds": seconds, "master_cpu": master.cpu() - cpu, "peak_rss": fan_out.peak_rss(),
            "forks": int(after["total_forks"]) - int(before["total_forks"]),
            "transfers": int(after["sync_full"]) - int(before["sync_full"]),
            "gb_per_s": status["snapshot_bytes"] / seconds / 1e9}


def sendfile_of(bench, sizes, replicas):
    file = bench.new_directory("file") / "snapshot"
    block = b"\xa5" * (1 << 20)
    with open(file, "wb") as out:
        for _ in range(sizes.snapshot // len(block)):
            out.write(block)
        out.write(block[:sizes.snapshot % len(block)])
    server = PortPrinter(bench, SENDFILE, [bench.program("bench_sendfile"), "--file", str(file)])
    started = time.monotonic()
    sinks = Sinks(bench, server.port, replicas)
    status = sinks.wait_until_streaming(patience=600)
    seconds = status["all_streaming_since"] / 1e9 - started
    return {"seconds": seconds, "gb_per_s": status["snapshot_bytes"] / seconds / 1e9, "peak_rss": server.peak_rss()}


def full_sync(bench, sizes, figures):
    """Seconds until all replicas have the snapshot, and what that costs the master."""
    for replicas in sizes.full_syncs:
        for name in (DIRECT, CHAINED, SENDFILE, RELAY, COLD_RELAY):
            yield (name, replicas), lambda n=name, r=replicas: full_syncs_of(bench, sizes, n, r)


def beside_of(bench, sizes, name):
    """A few replicas are online and watched; then many come that need a full sync."""
    master = bench.master()
    master.populate(sizes.snapshot)
    fan_out = bench.peer(name, master)
    online = Sinks(bench, fan_out.port, sizes.herd_online, "--probe")
    online.wait_until_streaming(patience=600)
    warmed(master, online)
    Load(bench, master, "--probe", 1, "--seconds", sizes.latency_seconds).result()
    settled(master, online)
    alone = online.ask("latency")
    probe = Load(bench, master, "--probe", 1, "--seconds", 2 * sizes.latency_seconds)
    started = time.monotonic()
    status = Sinks(bench, fan_out.port, max(sizes.full_syncs)).wait_until_streaming(patience=600)
    probe.result()
    settled(master, online)
    beside = online.ask("latency")
    return {"seconds": status["all_streaming_since"] / 1e9 - started, "alone_p50": alone["p50"] / 1e6,
            "alone_p99": alone["p99"] / 1e6, "p50": beside["p50"] / 1e6, "p99": beside["p99"] / 1e6, "worst": beside["max"] / 1e6}


def beside(bench, sizes, figures):
    """How late the stream is at those who are online while others are sent a snapshot."""
    for name in (CHAINED, RELAY, RELAY_TWO):
        yield (name, max(sizes.full_syncs)), lambda n=name: beside_of(bench, sizes, n)


def memory_of(bench, sizes, name, dataset, replicas, stream):
    master = bench.master()
    master.populate(dataset)
    fan_out = bench.peer(name, master)
    sinks = Sinks(bench, fan_out.port, replicas)
    sinks.wait_until_streaming(patience=600)
    if stream:
        Load(bench, master, "--value", 1024, "--bytes", stream).result()
    settled(master, sinks)
    cpu, since = fan_out.cpu(), time.monotonic()
    if not stream:
        time.sleep(sizes.idle_seconds)
    spent = fan_out.cpu() - cpu
    return {"rss": fan_out.rss(), "peak_rss": fan_out.peak_rss(),
            "idle_cores": None if stream else spent / (time.monotonic() - since)}


def memory(bench, sizes, figures):
    """Resident memory of the fan-out process: now and at its peak. By dataset, under load; by idle replicas, without one."""
    for dataset in sizes.datasets:
        for name in (CHAINED, RELAY):
            yield (name, "dataset", dataset, sizes.dataset_replicas), \
                lambda n=name, d=dataset: memory_of(bench, sizes, n, d, sizes.dataset_replicas, sizes.least_stream * 2)
    for replicas in sizes.idle_replicas:
        for name in (CHAINED, RELAY):
            yield (name, "idle replicas", 0, replicas), lambda n=name, r=replicas: memory_of(bench, sizes, n, 0, r, 0)


def restart_of(bench, sizes):
    master = bench.master()
    master.populate(sizes.restart_dataset)
    relay = bench.peer(RELAY, master)
    sinks = Sinks(bench, relay.port, sizes.restart_replicas, "--reconnect", "--in-flight", sizes.restart_replicas)
    sinks.wait_until_streaming(patience=600)
    load = Load(bench, master, "--value", 1024, "--rate", 5, "--bytes", sizes.least_stream)
    load.result()
    before = settled(master, sinks)
    killed = time.monotonic()
    relay = relay.start_again(bench)
    wait_until(lambda: sinks.ask("status")["lost_links"] >= sizes.restart_replicas, "the links to be lost")
    after = sinks.wait_until_streaming()
    settled(master, sinks)
    return {"seconds": after["all_streaming_since"] / 1e9 - killed,
            "full_syncs": after["full_syncs"] - before["full_syncs"],
            "partial_syncs": after["partial_syncs"] - before["partial_syncs"],
            "master_full_syncs": int(info(master.port)["sync_full"]) - 1}


def restart(bench, sizes, figures):
    """kill -9 of the relay, until the last of its replicas streams again, and what syncs that took."""
    yield (RELAY, sizes.restart_replicas), lambda: restart_of(bench, sizes)


def herd_of(bench, sizes):
    master = bench.master()
    relay = bench.peer(RELAY, master)
    online = Sinks(bench, relay.port, sizes.herd_online, "--probe")
    online.wait_until_streaming()
    herd = Sinks(bench, relay.port, sizes.herd - sizes.herd_online, "--in-flight", sizes.herd)
    herd.wait_until_streaming(patience=600)
    before = warmed(master, herd)
    probe = Load(bench, master, "--probe", 1, "--seconds", sizes.latency_seconds)
    online.wait_for(online.ask("status")["most_offset"] + 1)
    dropped = herd.ask("drop")
    after = herd.wait_until_streaming()
    probe.result()
    settled(master, online)
    late = online.ask("latency")
    return {"seconds": (after["all_streaming_since"] - dropped["begun_at"]) / 1e9,
            "full_syncs": after["full_syncs"] - before["full_syncs"],
            "partial_syncs": after["partial_syncs"] - before["partial_syncs"],
            "online_p99": late["p99"] / 1e6, "online_max": late["max"] / 1e6,
            "online_lost": online.ask("status")["lost_links"], "peak_rss": relay.peak_rss()}


def herd(bench, sizes, figures):
    """All replicas but a few leave and come back at once; the few are watched meanwhile."""
    yield (RELAY, sizes.herd), lambda: herd_of(bench, sizes)
