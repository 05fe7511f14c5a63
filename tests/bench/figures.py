"""What was measured: per section, point and metric one value for each run, and what comes of them."""
import statistics


class Figures:
    """A point is a tuple of words and numbers. A value that could not be had is None; why is among the faults."""

    def __init__(self):
        self.values = {}  # (section, point, metric): [(run, value), ...]
        self.faults = []
        self.run = 0

    def add(self, section, point, **metrics):
        for metric, value in metrics.items():
            self.values.setdefault((section, point, metric), []).append((self.run, value))

    def fault(self, section, point, what):
        self.faults.append(f"run {self.run + 1}, {section}, {', '.join(map(str, point))}: {what}")

    def points(self, section):
        seen = {}
        for of_section, point, _ in self.values:
            if of_section == section:
                seen[point] = True
        return list(seen)

    def of_runs(self, section, point, metric):
        return dict(self.values.get((section, point, metric), []))

    def median(self, section, point, metric):
        values = [value for value in self.of_runs(section, point, metric).values() if value is not None]
        return statistics.median(values) if values else None

    def worst(self, section, point, metric):
        values = list(self.of_runs(section, point, metric).values())
        return max(values) if values else None

    def median_ratio(self, section, above, below, metric):
        """Of the ratios within one run each: what disturbs a whole run disturbs both."""
        over, under = self.of_runs(section, above, metric), self.of_runs(section, below, metric)
        ratios = [over[run] / under[run] for run in over if over[run] is not None and under.get(run)]
        return statistics.median(ratios) if ratios else None

    def as_json(self):
        return [{"section": s, "point": list(p), "metric": m, "runs": [v for _, v in values]}
                for (s, p, m), values in self.values.items()]
