"""The ways to send the same bytes to many sockets: what the kernel offers beside what the relay does."""
import json
import subprocess

from processes import BenchFault

WAYS = ("send", "sendmsg", "more", "zerocopy", "uring", "uring-zc")


def way_of(bench, sizes, way, batch):
    argv = [bench.program("bench_ways"), "--way", way, "--batch", str(batch), "--bytes", str(sizes.ways_bytes),
            "--replicas", str(sizes.ways_replicas)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode != 0:
        raise BenchFault(done.stderr.strip())
    return json.loads(done.stdout)


def ways(bench, sizes, figures):
    """CPU seconds of the sender per GB, by the bytes that go to each socket at a time."""
    for batch in sizes.ways_batches:
        for way in WAYS:
            yield (way, sizes.ways_replicas, batch), lambda w=way, b=batch: way_of(bench, sizes, w, b)
