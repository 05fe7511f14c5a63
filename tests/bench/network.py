"""A loopback of the benchmark's own: a network namespace whose TCP is set to what can be compared between machines.

 (1) Congestion control is cubic, Linux's default. A machine may have another: bbr paces by timers, and stalls on a loopback.
 (2) Acks are not delayed. A lone segment may otherwise wait 40 ms for its ack, and everybody who is at the end of his window for it.
 (3) Ports are nobody else's.

Where no namespace may be made, the machine's own loopback is used, and the table of the machine says so.
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
        os.environ[INSIDE] = "the machine's"
        return
    os.execvpe(prefix[0], [*prefix, sys.executable, "-B", *sys.argv], environment)


def set_up():
    """Inside: the loopback as above. Returns what to say of it."""
    if os.environ[INSIDE] != "own":
        with open("/proc/sys/net/ipv4/tcp_congestion_control", encoding="utf-8") as setting:
            return f"the machine's loopback, {setting.read().strip()}, acks delayed"
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for addresses in ("127.0.0.0/8", "127.0.0.1"):
        subprocess.run(["ip", "route", "change", "local", addresses, "dev", "lo", "quickack", "1", "congctl", "cubic",
                        "proto", "kernel", "scope", "host", "src", "127.0.0.1", "table", "local"], check=True)
    return "a loopback of its own, cubic, acks not delayed"
