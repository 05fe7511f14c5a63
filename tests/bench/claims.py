"""What must be seen to hold: ratios and bounds, worked out of the figures of one benchmark and nothing else."""
from peers import CHAINED, RELAY, RELAY_TWO, YARDSTICK
from sections_sync import COLD_RELAY, SENDFILE

MB = 1 << 20
VALUE = 1024  # of the points that the ratios are taken at


def config_bytes(print_config, key):
    """A size out of --print-config: a key in the group `log`."""
    for line in print_config.partition("\nlog:\n")[2].splitlines():
        name, _, value = line.strip().partition(": ")
        if name == key:
            number = value.rstrip("kmgb")
            return int(number) * {"": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}[value[len(number):]]
    raise ValueError(f"no log.{key} in the configuration")


class Claims:
    def __init__(self, figures, print_config):
        self.figures = figures
        self.budget = config_bytes(print_config, "memory-hard")
        self.rows = []

    def claim(self, what, demanded, measured, holds):
        if measured is None:
            self.rows.append((what, demanded, "not measured", "?"))
        else:
            self.rows.append((what, demanded, measured, "yes" if holds else "**no**"))

    def at_most(self, what, limit, value, unit=""):
        text = None if value is None else f"{value:.2f}{unit}"
        self.claim(what, f"at most {limit:g}{unit}", text, value is not None and value <= limit)

    def at_least(self, what, limit, value, unit=""):
        text = None if value is None else f"{value:.2f}{unit}"
        self.claim(what, f"at least {limit:g}{unit}", text, value is not None and value >= limit)

    def cost(self):
        ratio = self.figures.median_ratio
        self.at_most("CPU per GB at 64 replicas, relay / yardstick", 1.25,
                     ratio("cost", (RELAY, 64, VALUE), (YARDSTICK, 64, VALUE), "cpu_per_gb"))
        self.at_least("CPU per GB at 64 replicas, chained Redis / relay", 3.5,
                      ratio("cost", (CHAINED, 64, VALUE), (RELAY, 64, VALUE), "cpu_per_gb"))
        self.at_least("CPU per GB at 1 replica, chained Redis / relay", 3,
                      ratio("cost", (CHAINED, 1, VALUE), (RELAY, 1, VALUE), "cpu_per_gb"))

    def latency(self):
        for name, replicas, load in self.figures.points("latency"):
            if name != RELAY or replicas != 64:
                continue
            for part in ("p50", "p99"):
                value = self.figures.median_ratio("latency", (RELAY, 64, load), (CHAINED, 64, load), part)
                text = None if value is None else f"{value:.2f}"
                self.claim(f"latency {part} at 64 replicas, {load}: relay / chained Redis", "below 1", text,
                           value is not None and value < 1)

    def scaling(self):
        replicas = [point[1] for point in self.figures.points("scaling")]
        value = None
        if replicas:
            value = self.figures.median_ratio("scaling", (RELAY_TWO, replicas[0]), (RELAY, replicas[0]), "gb_per_s")
        self.at_least("GB/s at 256 replicas, threads 2 / threads 1", 1.5, value)

    def full_sync(self):
        for name in (RELAY, COLD_RELAY):
            for metric in ("forks", "transfers"):
                worst = self.figures.worst("full-sync", (name, 64), metric)
                text = None if worst is None else str(worst)
                self.claim(f"64 full syncs, {name}: the master's {metric}", "1", text, worst == 1)
            self.at_most(f"64 full syncs, {name}: time / sendfile's", 1.2,
                         self.figures.median_ratio("full-sync", (name, 64), (SENDFILE, 64), "seconds"))

    def memory(self):
        points = [point for point in self.figures.points("memory") if point[0] == RELAY]
        peaks = [self.figures.median("memory", point, "peak_rss") for point in points if point[1] == "dataset"]
        peaks = [peak for peak in peaks if peak is not None]
        budget = self.budget / MB
        self.at_most(f"peak RSS at 64 replicas, the largest of any dataset (64 MB + log.memory-hard, {budget:g} MB)",
                     64 + budget, max(peaks) / MB if peaks else None, " MB")
        many = self.figures.median("memory", (RELAY, "idle replicas", 0, 5000), "peak_rss")
        self.at_most(f"peak RSS at 5,000 replicas (160 MB + log.memory-hard, {budget:g} MB)", 160 + budget,
                     many / MB if many else None, " MB")

    def joining(self):
        point = (RELAY, 1000)
        self.at_most("kill -9 until the last of 1,000 replicas streams again", 2,
                     self.figures.median("restart", point, "seconds"), " s")
        full = self.figures.worst("restart", point, "full_syncs")
        self.claim("full syncs by that", "0", None if full is None else str(full), full == 0)
        full = self.figures.worst("herd", (RELAY, 5000), "full_syncs")
        self.claim("5,000 reconnects at once: full syncs", "0", None if full is None else str(full), full == 0)


def claims_of(figures, print_config):
    claims = Claims(figures, print_config)
    for part in (claims.cost, claims.latency, claims.scaling, claims.full_sync, claims.memory, claims.joining):
        part()
    return claims.rows
