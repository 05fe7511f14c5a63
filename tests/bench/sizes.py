"""How much of everything: a full run, a quick one for a look, and the smallest, which only proves that all of it works."""
import dataclasses

MB = 1_000_000
GB = 1_000 * MB


@dataclasses.dataclass
class Sizes:
    replicas: tuple = (1, 16, 64, 256)
    values: tuple = (64, 1024, 65536)
    delivered: int = 2 * GB  # per point of the section "cost", over all replicas ...
    least_stream: int = 32 * MB  # ... but at least and at most so much of the stream
    most_stream: int = 512 * MB
    window: int = 8 << 20  # how far the load may be ahead of the slowest sink
    paced_seconds: float = 2
    # replicas: MB/s of the stream that a chained Redis can take on two cores
    paced_rates: tuple = ((1, 100), (16, 40), (64, 15), (256, 4))
    tls_rates: tuple = ((1, 100), (16, 20), (64, 5), (1000, 0.2))
    latency_seconds: float = 2.5
    latency_rates: tuple = ((1, 100), (64, 15))
    more_loads: tuple = ("full speed",)
    snapshot: int = 1 * GB
    full_syncs: tuple = (1, 16, 64)
    datasets: tuple = (0, 100 * MB, 500 * MB, 1 * GB)
    dataset_replicas: int = 64
    idle_replicas: tuple = (64, 1000, 5000)
    idle_seconds: float = 5
    restart_dataset: int = 10 * MB
    restart_replicas: int = 1000
    scaling_replicas: int = 256
    scaling_stream: int = 128 * MB
    scaling_pause: int = 2  # milliseconds of the sinks between rounds: what they do not use is the relay's
    herd: int = 5000
    herd_online: int = 16
    operate_replicas: int = 500
    operate_seconds: int = 5
    operate_rate: float = 1  # MB/s of the stream
    ways_replicas: int = 64
    ways_batches: tuple = (4096, 65536, 1 << 20)
    ways_bytes: int = 2 * GB


FULL = Sizes()
QUICK = Sizes(values=(1024,), paced_seconds=1, delivered=1 * GB, least_stream=8 * MB, most_stream=128 * MB, latency_seconds=2,
              snapshot=50 * MB, datasets=(0, 100 * MB), idle_replicas=(64, 1000), restart_replicas=200,
              scaling_stream=16 * MB, herd=1000, ways_bytes=GB // 2)
SMALLEST = Sizes(replicas=(2,), values=(1024,), delivered=4 * MB, least_stream=2 * MB, most_stream=2 * MB,
                 paced_seconds=0.2, paced_rates=((2, 5),), tls_rates=((2, 5),), latency_seconds=0.2, latency_rates=((2, 5),), more_loads=(),
                 snapshot=2 * MB, full_syncs=(2,), datasets=(2 * MB,), restart_dataset=2 * MB,
                 dataset_replicas=2, idle_replicas=(2,), idle_seconds=0.2, restart_replicas=2, scaling_replicas=2,
                 scaling_stream=2 * MB, herd=4, herd_online=2, operate_replicas=2, operate_seconds=1, ways_replicas=2,
                 ways_batches=(65536,), ways_bytes=2 * MB)
