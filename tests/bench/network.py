"""A loopback of the benchmark's own: a network namespace whose TCP is what it is by default, whatever the machine's is.

 (1) Congestion control is cubic, as on any Linux that nobody has changed. It matters: with bbr, which paces by timers, large sends
     cost twice as much (the yardstick took 0.27 CPU seconds per GB instead of 0.13), small ones the same (a chained Redis 0.35).
 (2) Ports are nobody else's.

Where no namespace may be made, or PSYNC_BENCH_NETWORK=machine is set, it is the machine's own loopback, and the table says so.
"""
import os
import subprocess
import sys

INSIDE = "PSYNC_BENCH_NETWORK"


def enter():
    """Starts the program again inside, unless it is there."""
    if INSIDE in os.environ:
        return
    prefix = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
    environment = {**os.environ, INSIDE: "own"}
    try:
        subprocess.run([*prefix, "ip", "link", "set", "lo", "up"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as fault:
        print(f"bench: NO NETWORK OF ITS OWN ({fault}): the machine's loopback is measured as it is set", file=sys.stderr)
        os.environ[INSIDE] = "machine"
        return
    os.execvpe(prefix[0], [*prefix, sys.executable, "-B", *sys.argv], environment)


def set_up():
    """Inside: the loopback as above. Returns what to say of it."""
    if os.environ[INSIDE] != "own":
        with open("/proc/sys/net/ipv4/tcp_congestion_control", encoding="utf-8") as setting:
            return f"the machine's loopback, {setting.read().strip()}"
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for addresses in ("127.0.0.0/8", "127.0.0.1"):
        subprocess.run(["ip", "route", "change", "local", addresses, "dev", "lo", "congctl", "cubic", "proto", "kernel",
                        "scope", "host", "src", "127.0.0.1", "table", "local"], check=True)
    return "a loopback of its own, cubic"
