"""What is compared: the ways to feed replicas from one master, each as a process that a section can attach its sinks to."""
import os
import pathlib
import shutil
import subprocess
import tempfile

from processes import Certificate, PortPrinter, Redis, Relay

DIRECT = "redis itself"
CHAINED = "chained redis"
VALKEY = "chained valkey"
YARDSTICK = "yardstick"
RELAY = "relay"
RELAY_TWO = "relay, threads 2"


class Bench:
    """Where programs, directories and processes come from, and where they go to."""

    def __init__(self, options, network):
        self.network = network
        self.load_before = os.getloadavg()[0]
        self.relay = os.path.abspath(options.relay)
        self.programs = pathlib.Path(options.programs).resolve()
        self.redis = shutil.which("redis-server")
        if not self.redis:
            raise SystemExit("bench: no redis-server; deploy/install-packages.sh --test installs it")
        self.valkey = os.environ.get("VALKEY_SERVER") or shutil.which("valkey-server")
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="psync-relay-bench-"))
        self.running = []
        self.relay_config = subprocess.run([self.relay, "--print-config"], capture_output=True, text=True, check=True).stdout
        self.has_threads = any(line.startswith("threads:") for line in self.relay_config.splitlines())

    def program(self, name):
        return str(self.programs / name)

    def new_directory(self, name):
        return pathlib.Path(tempfile.mkdtemp(prefix=name.replace(" ", "-") + "-", dir=self.root))

    def stop_all(self):
        """The last started first; directories go too, a run writes gigabytes."""
        while self.running:
            self.running.pop().stop()
        for directory in self.root.iterdir():
            shutil.rmtree(directory, ignore_errors=True)

    def close(self):
        self.stop_all()
        shutil.rmtree(self.root, ignore_errors=True)

    def names(self):
        names = [DIRECT, CHAINED]
        if self.valkey:
            names.append(VALKEY)
        names += [YARDSTICK, RELAY]
        if self.has_threads:
            names.append(RELAY_TWO)
        return names

    def master(self):
        return Redis(self, self.redis, name="master")

    def relay_settings(self, threads, settings=()):
        return [*settings, f"threads={threads}"] if self.has_threads else list(settings)

    def peer(self, name, master):
        """The process that feeds the sinks; the master itself where nothing is between."""
        if name == DIRECT:
            return master
        if name == CHAINED:
            return Redis(self, self.redis, upstream=master, name=name)
        if name == VALKEY:
            return Redis(self, self.valkey, upstream=master, name=name)
        if name == YARDSTICK:
            return PortPrinter(self, name, [self.program("bench_yardstick"), "--master", str(master.port)])
        relay = self.unlinked_relay(master, 2 if name == RELAY_TWO else 1)
        relay.wait_until_linked()
        return relay

    def names_in_tls(self):
        return [name for name in self.names() if name not in (DIRECT, YARDSTICK)]

    def peer_in_tls(self, name, master):
        """As peer(), with a tls_port besides."""
        certificate = Certificate(self)
        if name in (CHAINED, VALKEY):
            return Redis(self, self.redis if name == CHAINED else self.valkey, upstream=master, name=name,
                         certificate=certificate)
        relay = Relay(self, master, self.relay_settings(2 if name == RELAY_TWO else 1), certificate=certificate)
        relay.wait_until_linked()
        return relay

    def unlinked_relay(self, master, threads=1):
        """It listens, and nothing more is certain: the first full sync from the master may only begin."""
        return Relay(self, master, self.relay_settings(threads))
