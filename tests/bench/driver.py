"""Measures, and writes what was measured: tests/bench/run.sh calls it with the right arguments; RESULTS.md says what is measured.

  driver.py --relay BINARY --programs DIRECTORY [--runs N] [--only SECTION]... [--quick | --smallest] [--snapshot-mb N]
            [--out DIRECTORY]

Without --out nothing is written but standard output. --smallest exits with 1 where any figure is missing: it is the test of the
harness.
"""
import argparse
import dataclasses
import json
import os
import pathlib
import signal
import sys
import time

import network
import report
import sections_operate
import sections_stream
import sections_sync
import sections_ways
import sizes as all_sizes
from figures import Figures
from peers import Bench
from processes import BenchFault

SECTIONS = {
    "cost": sections_stream.cost,
    "paced": sections_stream.paced,
    "tls": sections_stream.tls,
    "latency": sections_stream.latency,
    "full-sync": sections_sync.full_sync,
    "beside": sections_sync.beside,
    "memory": sections_sync.memory,
    "restart": sections_sync.restart,
    "scaling": sections_stream.scaling,
    "herd": sections_sync.herd,
    "operate": sections_operate.operate,
    "ways": sections_ways.ways,
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relay", required=True)
    parser.add_argument("--programs", required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", action="append", choices=[*SECTIONS, "micro"])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--smallest", action="store_true")
    parser.add_argument("--snapshot-mb", type=int)
    parser.add_argument("--out", type=pathlib.Path)
    return parser.parse_args()


def chosen_sizes(options):
    sizes = all_sizes.SMALLEST if options.smallest else all_sizes.QUICK if options.quick else all_sizes.FULL
    if options.snapshot_mb:
        sizes = dataclasses.replace(sizes, snapshot=options.snapshot_mb * all_sizes.MB)
    return sizes


def measure(bench, sizes, figures, section):
    for point, of_point in SECTIONS[section](bench, sizes, figures):
        began = time.monotonic()
        try:
            measured = of_point()
        except (BenchFault, OSError, ValueError) as fault:
            figures.fault(section, point, fault)
            measured = {}
        finally:
            bench.stop_all()
        figures.add(section, point, **measured)
        shown = " ".join(f"{name}={value:.4g}" for name, value in measured.items() if value is not None)
        took = time.monotonic() - began
        print(f"run {figures.run + 1} {section} {point}: {shown or figures.faults[-1]} ({took:.1f}s)", flush=True)


def interrupted(number, _frame):
    raise SystemExit(128 + number)  # through every `finally`: no server is left behind


def main():
    options = arguments()
    network.enter()
    signal.signal(signal.SIGTERM, interrupted)
    sizes = chosen_sizes(options)
    runs = 1 if options.smallest else options.runs
    wanted = options.only or [*SECTIONS, "micro"]
    figures = Figures()
    bench = Bench(options, network.set_up())
    if not bench.valkey:
        print("bench: NO VALKEY: not on PATH, and VALKEY_SERVER is not set; its column is left out", file=sys.stderr)
    if not bench.has_threads:
        print("bench: this relay has no key `threads`; what needs two of them is left out", file=sys.stderr)
    try:
        for figures.run in range(runs):
            for section in SECTIONS:
                if section in wanted:
                    measure(bench, sizes, figures, section)
        micro = report.run_micro(bench, short=options.smallest) if "micro" in wanted else []
    finally:
        bench.close()
    for fault in figures.faults:
        print(f"bench: FAILED: {fault}", file=sys.stderr)
    text = report.tables(figures, bench, sizes, runs, micro)
    if options.only and options.out:
        text = report.of_some(options.out, text, wanted, bench, runs)
    if options.out:
        os.makedirs(options.out, exist_ok=True)
        (options.out / "results.json").write_text(json.dumps(figures.as_json(), indent=1) + "\n")
        report.write(options.out, text, figures)
    else:
        print("\n".join(text.values()))
    missing = [section for section in SECTIONS if section in wanted and not figures.points(section)]
    if missing:
        print(f"bench: no figures in: {', '.join(missing)}", file=sys.stderr)
    return 1 if figures.faults or missing else 0


if __name__ == "__main__":
    sys.exit(main())
