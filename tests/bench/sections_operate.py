"""What looking at the relay costs it: the status asked for, and the metrics scraped, while many replicas are fed."""
import http.client
import time

from peers import RELAY, RELAY_TWO
from processes import BenchFault, Load, Sinks
from sections_stream import USUAL_VALUE, settled, warmed


def fetch(port, path):
    """Seconds for one request on a connection of its own, as a scrape or a page's poll makes it."""
    began = time.monotonic()
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    link.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = link.getresponse()
    size = len(answer.read())
    link.close()
    if answer.status != 200 or size == 0:
        raise BenchFault(f"{path} answered {answer.status} with {size} bytes")
    return time.monotonic() - began


def spent_while(fan_out, seconds, looking):
    """CPU seconds per second of the relay, with something done each second, or nothing."""
    cpu, since = fan_out.cpu(), time.monotonic()
    for second in range(1, int(seconds) + 1):
        looking()
        time.sleep(max(0, since + second - time.monotonic()))
    return (fan_out.cpu() - cpu) / (time.monotonic() - since)


def looked_at(bench, sizes, name):
    master = bench.master()
    relay = bench.peer(name, master)
    sinks = Sinks(bench, relay.port, sizes.operate_replicas)
    sinks.wait_until_streaming(patience=600)
    quiet = warmed(master, sinks)
    seconds = sizes.operate_seconds
    # Unseen, scraped, unseen again, and then the status as fast as it comes: all under one and the same load.
    load = Load(bench, master, "--value", USUAL_VALUE, "--connections", 4, "--rate", sizes.operate_rate,
                "--bytes", int(sizes.operate_rate * 1e6 * (4 * seconds + 2)))
    sinks.wait_for(quiet["most_offset"] + 1)
    before = spent_while(relay, seconds, lambda: None)
    scraped = spent_while(relay, seconds, lambda: fetch(relay.http_port, "/metrics"))
    after = spent_while(relay, seconds, lambda: None)
    took, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        took.append(fetch(relay.http_port, "/v1/status"))
        time.sleep(0.005)
    load.result()
    settled(master, sinks)
    took.sort()
    unseen = (before + after) / 2
    return {"status_p50": took[len(took) // 2] * 1e3, "status_p99": took[int(len(took) * 0.99)] * 1e3, "requests": len(took),
            "cores": unseen, "scraped_cores": scraped, "scraped_ratio": scraped / unseen}


def operate(bench, sizes, figures):
    """Latency of /v1/status, and what a scrape each second adds to the relay's CPU, with many replicas that are being fed."""
    for name in (RELAY, RELAY_TWO):
        yield (name, sizes.operate_replicas), lambda n=name: looked_at(bench, sizes, n)
