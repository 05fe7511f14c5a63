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

    def at_least(self, what, limit, value, unit="", beside=None):
        text = None if value is None else f"{value:.2f}{unit}"
        if text and beside:
            text += f" (the yardstick: {beside:.2f})"
        self.claim(what, f"at least {limit:g}{unit}", text, value is not None and value >= limit)

    def cost(self):
        for section, rest in [("cost", (VALUE,))] + [("paced", point[2:]) for point in self.figures.points("paced")
                                                     if point[0] == RELAY]:
            self.cost_at(section, rest)

    def cost_at(self, section, rest):
        """At full speed and at each rate that there are figures of: the demand does not say which."""
        def ratio(above, below, replicas):
            return self.figures.median_ratio(section, (above, replicas, *rest), (below, replicas, *rest), "cpu_per_gb")

        has = {point[1] for point in self.figures.points(section) if point[2:] == rest}
        when = "at full speed" if section == "cost" else f"at {rest[0]}"
        def beyond_redis(replicas, limit, count):
            self.at_least(f"CPU per GB at {count}, {when}: chained Redis / relay", limit, ratio(CHAINED, RELAY, replicas),
                          beside=ratio(CHAINED, YARDSTICK, replicas))

        if 64 in has:
            self.at_most(f"CPU per GB at 64 replicas, {when}: relay / yardstick", 1.25, ratio(RELAY, YARDSTICK, 64))
            beyond_redis(64, 3.5, "64 replicas")
        if 1 in has:
            beyond_redis(1, 3, "1 replica")

    def tls(self):
        for name, replicas, rate in self.figures.points("tls"):
            if name == RELAY:
                ratio = self.figures.median_ratio("tls", (CHAINED, replicas, rate), (RELAY, replicas, rate), "cpu_per_gb")
                self.at_least(f"CPU per GB in TLS at {replicas} replica{'s' * (replicas > 1)}, at {rate}: chained Redis / relay", 1,
                              ratio)

    def latency(self):
        for name, replicas, load in self.figures.points("latency"):
            if name not in (RELAY, RELAY_TWO) or replicas != 64:
                continue
            for part in ("p50", "p99"):
                value = self.figures.median_ratio("latency", (name, 64, load), (CHAINED, 64, load), part)
                text = None if value is None else f"{value:.2f}"
                self.claim(f"latency {part} at 64 replicas, {load}: {name} / chained Redis", "below 1", text,
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
        many = max((point[3] for point in points if point[1] == "idle replicas"), default=5000)
        peak = self.figures.median("memory", (RELAY, "idle replicas", 0, many), "peak_rss")
        self.at_most(f"peak RSS at {many} replicas (160 MB + log.memory-hard, {budget:g} MB)", 160 + budget,
                     peak / MB if peak else None, " MB")

    def operate(self):
        for point in self.figures.points("operate"):
            self.at_most(f"/v1/status with {point[1]} replicas being fed, p99: {point[0]}", 20,
                         self.figures.median("operate", point, "status_p99"), " ms")
            self.at_most(f"CPU with a scrape each second / without, {point[1]} replicas: {point[0]}", 1.05,
                         self.figures.median("operate", point, "scraped_ratio"))

    def joining(self):
        for point in self.figures.points("restart"):
            self.at_most(f"kill -9 until the last of {point[1]} replicas streams again", 2,
                         self.figures.median("restart", point, "seconds"), " s")
            self.no_full_sync("restart", point, "full syncs by that")
        for point in self.figures.points("herd"):
            self.no_full_sync("herd", point, f"full syncs by {point[1]} reconnects at once")

    def no_full_sync(self, section, point, what):
        worst = self.figures.worst(section, point, "full_syncs")
        self.claim(what, "0", None if worst is None else str(worst), worst == 0)


def claims_of(figures, print_config):
    claims = Claims(figures, print_config)
    for part in (claims.cost, claims.tls, claims.latency, claims.scaling, claims.full_sync, claims.memory, claims.operate,
                 claims.joining):
        part()
    return claims.rows
