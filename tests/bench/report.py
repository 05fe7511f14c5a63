"""The figures as tables, put between the markers of RESULTS.md; what is written by hand around them stays."""
import datetime
import json
import os
import platform
import re
import subprocess

import plot
from claims import claims_of

MB = 1 << 20


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def number(value, digits=2):
    return "–" if value is None else f"{value:.{digits}f}"


def megabytes(value):
    return "–" if value is None else f"{value / MB:.0f}"


def by_peer(figures, section, metric, title, show=number):
    """Rows: peers. Columns: the rest of the point."""
    points = figures.points(section)
    peers = list(dict.fromkeys(point[0] for point in points))
    columns = list(dict.fromkeys(point[1:] for point in points))
    head = [title] + [" × ".join(str(part) for part in column) for column in columns]
    rows = [[peer] + [show(figures.median(section, (peer, *column), metric)) for column in columns] for peer in peers]
    return table(head, rows)


def cost(figures):
    return "\n\n".join([
        by_peer(figures, "cost", "cpu_per_gb", "CPU s/GB, replicas × bytes", lambda v: number(v, 3)),
        by_peer(figures, "cost", "gb_per_s", "GB/s delivered"),
        by_peer(figures, "cost", "cores", "cores used by the fan-out process"),
        by_peer(figures, "cost", "sinks_cpu_per_gb", "CPU s/GB of the sinks", lambda v: number(v, 3)),
    ])


def paced(figures):
    return "\n\n".join([
        by_peer(figures, "paced", "cpu_per_gb", "CPU s/GB, replicas × stream", lambda v: number(v, 3)),
        by_peer(figures, "paced", "cores", "cores used by the fan-out process"),
    ])


def tls(figures):
    return "\n\n".join([
        by_peer(figures, "tls", "cpu_per_gb", "CPU s/GB, replicas × stream", lambda v: number(v, 3)),
        by_peer(figures, "tls", "cores", "cores used by the fan-out process"),
        by_peer(figures, "tls", "peak_rss", "peak RSS, MB", megabytes),
    ])


def latency(figures):
    names = {"p50": "p50, ms; replicas × load", "p99": "p99, ms", "p999": "p99.9, ms", "mb_per_s": "MB/s written meanwhile"}
    return "\n\n".join(by_peer(figures, "latency", metric, title) for metric, title in names.items())


def ways(figures):
    return "\n\n".join([
        by_peer(figures, "ways", "cpu_per_gb", "CPU s/GB of the sender, sockets × bytes at a time", lambda v: number(v, 3)),
        by_peer(figures, "ways", "gb_per_s", "GB/s"),
    ])


def full_sync(figures):
    names = {"seconds": "seconds; replicas", "gb_per_s": "GB/s of snapshot delivered", "forks": "the master's forks",
             "transfers": "full syncs of the master", "master_cpu": "CPU s of the master and its children"}
    parts = [by_peer(figures, "full-sync", metric, title) for metric, title in names.items()]
    return "\n\n".join(parts + [by_peer(figures, "full-sync", "peak_rss", "peak RSS, MB", megabytes)])


def memory(figures):
    rows = []
    for point in figures.points("memory"):
        name, kind, dataset, replicas = point
        idle = figures.median("memory", point, "idle_cores")
        rows.append([name, kind, f"{dataset / 1e6:.0f}", replicas, megabytes(figures.median("memory", point, "rss")),
                     megabytes(figures.median("memory", point, "peak_rss")), number(idle, 3)])
    return table(["", "what grows", "dataset, MB", "replicas", "RSS, MB", "peak RSS, MB", "cores when idle"], rows)


def flat(section, metrics):
    """One row per point, one column per metric."""
    def of(figures):
        rows = [[*point] + [number(figures.median(section, point, metric)) for metric in metrics]
                for point in figures.points(section)]
        return table(["", "replicas", *metrics.values()], rows)
    return of


TABLES = {
    "ways": ways,
    "cost": cost,
    "paced": paced,
    "tls": tls,
    "latency": latency,
    "full-sync": full_sync,
    "memory": memory,
    "beside": flat("beside", {"alone_p50": "p50 before, ms", "alone_p99": "p99 before, ms", "p50": "p50 meanwhile, ms",
                              "p99": "p99 meanwhile, ms", "worst": "worst, ms", "seconds": "seconds that the full syncs took"}),
    "restart": flat("restart", {"seconds": "seconds", "full_syncs": "full syncs", "partial_syncs": "partial syncs",
                                "master_full_syncs": "full syncs asked of the master by it"}),
    "scaling": flat("scaling", {"gb_per_s": "GB/s", "cpu_per_gb": "CPU s/GB", "relay_cores": "cores used by the relay",
                                "sinks_cores": "cores used by the sinks"}),
    "operate": flat("operate", {"status_p50": "p50 of /v1/status, ms", "status_p99": "p99, ms", "requests": "requests",
                                "cores": "cores unseen", "scraped_cores": "cores scraped", "scraped_ratio": "ratio"}),
    "herd": flat("herd", {"seconds": "seconds", "full_syncs": "full syncs", "partial_syncs": "partial syncs",
                          "online_p99": "p99 of those online, ms", "online_max": "their worst, ms",
                          "online_lost": "of them lost"}),
}


def version_of(binary):
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return said.splitlines()[0] if said else binary


def machine(bench, sizes, runs):
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        model = next((line.partition(":")[2].strip() for line in cpuinfo if line.startswith("model name")), platform.machine())
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    rows = [("date", datetime.date.today().isoformat()),
            ("machine", f"{os.cpu_count()} cores, {model}, {memory_bytes / 2**30:.0f} GB"),
            ("others' load before the start", f"{bench.load_before:.1f}"),
            ("kernel", platform.release()), ("network", bench.network),
            ("relay", version_of(bench.relay)), ("redis", version_of(bench.redis)),
            ("valkey", version_of(bench.valkey) if bench.valkey else "not there: left out"),
            ("threads of the relay", "1, and 2 where it says so" if bench.has_threads else "1: it has no key for more"),
            ("runs", f"{runs}; a figure is their median"), ("snapshot of the full syncs", f"{sizes.snapshot / 1e6:.0f} MB"),
            ("window of the load", f"{sizes.window / MB:.0f} MB ahead of the slowest sink")]
    return table(["", ""], rows)


def run_micro(bench, short):
    argv = [bench.program("bench_micro"), "--benchmark_format=json"]
    if short:
        argv.append("--benchmark_min_time=0.001")
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["benchmarks"]


def micro_table(micro):
    rows = []
    for one in micro:
        rate = one.get("bytes_per_second")
        items = one.get("items_per_second")
        rows.append([one["name"], f"{one['cpu_time']:.1f}", number(rate / 1e9 if rate else None, 1),
                     number(items / 1e6 if items else None, 1)])
    return table(["", "CPU ns", "GB/s", "million/s"], rows)


def tables(figures, bench, sizes, runs, micro):
    said = {"machine": machine(bench, sizes, runs)}
    if figures.values:
        said["claims"] = table(["what", "demanded", "measured", "holds"], claims_of(figures, bench.relay_config))
    for section, of in TABLES.items():
        if figures.points(section):
            said[section] = of(figures)
    if micro:
        said["micro"] = micro_table(micro)
    if figures.faults:
        said["faults"] = "\n".join(f"* {fault}" for fault in figures.faults)
    else:
        said["faults"] = "Nothing failed."
    return said


def place_of(name):
    return re.compile(rf"(<!-- figures: {name} -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def of_some(directory, said, sections, bench, runs):
    """Of a benchmark of some sections: these say when and how they were measured. What is said of the whole stays, and so does
    a ratio that this one did not measure."""
    def rows(text):
        return {tuple(line.split(" | ")[:2]): line for line in text.splitlines() if line.startswith("| ")}

    before = rows(place_of("claims").search((directory / "RESULTS.md").read_text(encoding="utf-8"))[2])
    now = {what: line for what, line in rows(said.get("claims", "")).items()
           if what not in before or "| not measured |" not in line}
    head, *claims = (before | now).values()
    how = (f"Measured by itself on {datetime.date.today().isoformat()}, {runs} runs, "
           f"others' load before the start {bench.load_before:.1f}.")
    some = {name: f"{how}\n\n{said[name]}" for name in sections if name in said}
    some["claims"] = "\n".join([head, "|" + "---|" * 4, *claims])
    if said["faults"].startswith("*"):
        some["faults"] = said["faults"]
    return some


def write(directory, said, figures):
    """Replaces what is between `<!-- figures: NAME -->` and `<!-- end -->`, for each NAME that there are figures of."""
    path = directory / "RESULTS.md"
    text = path.read_text(encoding="utf-8")
    for name, tables_of in said.items():
        place = place_of(name)
        if not place.search(text):
            raise SystemExit(f"{path} has no place for: {name}")
        text = place.sub(lambda match, put=tables_of: f"{match[1]}\n{put}\n\n{match[3]}", text)
    path.write_text(text, encoding="utf-8")
    if figures.points("cost"):
        (directory / "results.svg").write_text(plot.svg(figures), encoding="utf-8")
