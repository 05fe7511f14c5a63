"""The sections about the live stream: what it costs, how late it is, and how it scales with threads."""
from peers import RELAY, RELAY_TWO
from processes import BenchFault, Load, Relay, Sinks, ask, info

USUAL_VALUE = 1024


def check_bytes(sinks_status, count, begin, end):
    """Every sink has every byte, and no byte more: else what was measured was not the delivery of the stream."""
    if sinks_status["least_offset"] != sinks_status["most_offset"]:
        raise BenchFault(f"the sinks differ: {sinks_status}")
    if sinks_status["least_offset"] != end or sinks_status["stream_bytes"] != count * (end - begin):
        raise BenchFault(f"{count} sinks should have the bytes from {begin} to {end}: {sinks_status}")


def settled(master, sinks):
    """Everybody is at the master's end; where that is. PINGs of the master come when they like."""
    while True:
        end = master.offset()
        status = sinks.wait_for(end)
        if master.offset() == end and status["most_offset"] == end:
            return status


def warmed(master, sinks):
    """The first byte has passed everywhere: a master may need a second until it begins to stream to a new replica."""
    ask(master.port, "SET", "bench:warm", "up")
    return settled(master, sinks)


def cost_of(bench, sizes, name, replicas, value, rate=None, in_tls=False):
    master = bench.master()
    fan_out = bench.peer_in_tls(name, master) if in_tls else bench.peer(name, master)
    progress = bench.new_directory("progress") / "slowest"
    port = fan_out.tls_port if in_tls else fan_out.port
    sinks = Sinks(bench, port, replicas, "--progress", progress, *(["--tls"] if in_tls else []))
    sinks.wait_until_streaming()
    first = warmed(master, sinks)
    stream = min(max(sizes.delivered // replicas, sizes.least_stream), sizes.most_stream)
    cpu, sinks_cpu = fan_out.cpu(), sinks.cpu()
    if rate:
        pace = ["--rate", rate, "--bytes", int(rate * sizes.paced_seconds * 1e6)]
    else:
        pace = ["--bytes", stream, "--progress", progress, "--window", sizes.window]
    Load(bench, master, "--value", value, "--connections", 4, *pace).result()
    last = settled(master, sinks)
    cpu, sinks_cpu = fan_out.cpu() - cpu, sinks.cpu() - sinks_cpu
    check_bytes({**last, "stream_bytes": last["stream_bytes"] - first["stream_bytes"]}, replicas,
                first["least_offset"], last["least_offset"])
    gigabytes = (last["stream_bytes"] - first["stream_bytes"]) / 1e9
    seconds = (last["now"] - first["now"]) / 1e9
    return {"cpu_per_gb": cpu / gigabytes, "gb_per_s": gigabytes / seconds, "cores": cpu / seconds,
            "sinks_cpu_per_gb": sinks_cpu / gigabytes, "peak_rss": fan_out.peak_rss()}


def cost(bench, sizes, figures):
    """CPU seconds of the fan-out process per GB delivered, and GB/s delivered, at full speed within the window."""
    for value in sizes.values:
        for replicas in sizes.replicas:
            for name in bench.names():
                yield (name, replicas, value), lambda n=name, r=replicas, v=value: cost_of(bench, sizes, n, r, v)


def paced(bench, sizes, figures):
    """The same at a rate that everybody can keep up with: batches are as small as the stream comes."""
    for replicas, rate in sizes.paced_rates:
        for name in bench.names():
            yield (name, replicas, f"{rate} MB/s"), \
                lambda n=name, r=replicas, s=rate: cost_of(bench, sizes, n, r, USUAL_VALUE, s)


def tls(bench, sizes, figures):
    """The same with each replica's connection in TLS: every byte is encrypted once for each of them."""
    for replicas, rate in sizes.tls_rates:
        for name in bench.names_in_tls():
            yield (name, replicas, f"{rate} MB/s"), \
                lambda n=name, r=replicas, s=rate: cost_of(bench, sizes, n, r, USUAL_VALUE, s, in_tls=True)


def latency_of(bench, sizes, name, replicas, rate):
    master = bench.master()
    fan_out = bench.peer(name, master)
    progress = bench.new_directory("progress") / "slowest"
    sinks = Sinks(bench, fan_out.port, replicas, "--probe", "--progress", progress)
    sinks.wait_until_streaming()
    warmed(master, sinks)
    load = None
    if rate:
        pace = ["--progress", progress, "--window", sizes.window] if rate == "full speed" else ["--rate", rate]
        load = Load(bench, master, "--value", USUAL_VALUE, "--seconds", sizes.latency_seconds + 0.5, *pace)
        sinks.wait_for(sinks.ask("status")["most_offset"] + 1)
    probe = Load(bench, master, "--probe", 1, "--seconds", sizes.latency_seconds)
    written = probe.result()["commands"]
    written_load = load.result() if load else None
    settled(master, sinks)
    measured = sinks.ask("latency")
    if measured["samples"] != written:
        raise BenchFault(f"{written} probes were written, and {measured['samples']} have arrived")
    result = {part: measured[part] / 1e6 for part in ("p50", "p99", "p999")}  # milliseconds
    if written_load:
        result["mb_per_s"] = written_load["bytes"] / written_load["seconds"] / 1e6
    return result


def latency(bench, sizes, figures):
    """From the probe's write to the master to its arrival at the replica in the middle of the order, milliseconds."""
    for replicas, rate in sizes.latency_rates:
        for load in (0, rate, *sizes.more_loads):
            for name in bench.names():
                label = "idle" if load == 0 else "full speed" if load == "full speed" else f"{load} MB/s"
                yield (name, replicas, label), lambda n=name, r=replicas, s=load: latency_of(bench, sizes, n, r, s)


def scaling_of(bench, sizes, threads):
    """The load is in the relay's memory before the sinks come, and the master is quiet: only relay and sinks run."""
    master = bench.master()
    memory = 2 * sizes.scaling_stream + (64 << 20)
    relay = Relay(bench, master, bench.relay_settings(threads, [f"log.memory={memory}", f"log.memory-hard={2 * memory}",
                                                               f"log.max-size={8 * memory}"]))
    relay.wait_until_linked()
    begin = master.offset()
    history = info(relay.port, "replication")["master_replid"]
    Load(bench, master, "--value", 1024, "--bytes", sizes.scaling_stream).result()
    waiting = Sinks(bench, relay.port, 1, "--id", history, "--offset", begin)
    waiting.wait_for(master.offset())
    waiting.stop()
    end = relay.offset()
    cpu = relay.cpu()
    sinks = Sinks(bench, relay.port, sizes.scaling_replicas, "--id", history, "--offset", begin,
                  "--pause", sizes.scaling_pause)
    status = sinks.wait_for(end)
    cpu = relay.cpu() - cpu
    if status["full_syncs"]:
        raise BenchFault(f"the sinks should have joined by partial syncs: {status}")
    seconds = (status["now"] - status["begun_at"]) / 1e9
    gigabytes = status["stream_bytes"] / 1e9
    return {"gb_per_s": gigabytes / seconds, "cpu_per_gb": cpu / gigabytes, "relay_cores": cpu / seconds,
            "sinks_cores": sinks.cpu() / seconds}


def scaling(bench, sizes, figures):
    """GB/s of the relay with one thread and with two, nothing else running but the sinks."""
    yield (RELAY, sizes.scaling_replicas), lambda: scaling_of(bench, sizes, 1)
    if bench.has_threads:
        yield (RELAY_TWO, sizes.scaling_replicas), lambda: scaling_of(bench, sizes, 2)
