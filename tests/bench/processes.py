"""The processes of a benchmark: servers, relays, yardsticks, sinks, loads; started, asked, measured and ended by their pids.

Each has a directory of its own below the benchmark's, and nothing is left of it but figures.
"""
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")
PATIENCE = 120.0  # seconds


class BenchFault(Exception):
    """Something did not happen that a figure depends on."""


given_ports = set()


def free_port():
    """One that is free now, and was given to nobody before: several are asked for before the first is used."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in given_ports:
            given_ports.add(port)
            return port


def wait_until(condition, what, patience=PATIENCE):
    limit = time.monotonic() + patience
    while True:
        try:
            if condition():
                return
        except OSError:
            pass  # not there yet
        if time.monotonic() > limit:
            raise BenchFault(f"waited in vain for {what}")
        time.sleep(0.005)


def ask(port, *words):
    """One command to a server, its reply: text, a number, or None."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as link, link.makefile("rb") as reply:
        encoded = [str(word).encode() for word in words]
        link.sendall(b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in encoded))
        line = reply.readline().rstrip(b"\r\n").decode()
        if line.startswith("$"):
            return reply.read(int(line[1:])).decode(errors="replace") if line != "$-1" else None
        if line.startswith(":"):
            return int(line[1:])
        if line.startswith("+"):
            return line[1:]
        raise BenchFault(f"{' '.join(map(str, words))}: {line or 'no answer'}")


def info(port, section="everything"):
    fields = {}
    for line in ask(port, "INFO", section).splitlines():
        name, colon, value = line.partition(":")
        if colon:
            fields[name] = value
    return fields


class Process:
    """A program that runs until stop(). Its output is in a file of its directory."""

    def __init__(self, bench, name, argv, **streams):
        self.directory = bench.new_directory(name)
        self.name = name
        self.log = self.directory / "log"
        with open(self.log, "wb") as log:
            streams.setdefault("stdin", subprocess.DEVNULL)
            streams.setdefault("stdout", log)
            self.child = subprocess.Popen(argv, cwd=self.directory, stderr=log, **streams)
        bench.running.append(self)

    @property
    def pid(self):
        return self.child.pid

    def check(self):
        if self.child.poll() is not None:
            tail = self.log.read_text(errors="replace")[-2000:]
            raise BenchFault(f"{self.name} has ended with {self.child.returncode}:\n{tail}")

    def cpu(self):
        """Seconds of CPU so far, its ended children's included."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        children = sum(int(field) for field in fields[13:15]) / TICK
        # The clock of another process's CPU time, as clock_getcpuclockid(3) makes its number: the ticks of `stat` are 10 ms.
        return time.clock_gettime((~self.pid << 3) | 2) + children

    def _memory(self, name):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
        raise BenchFault(f"{self.name} has no {name}")

    def rss(self):
        return self._memory("VmRSS")

    def peak_rss(self):
        return self._memory("VmHWM")

    def kill(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGKILL)
        self.child.wait()

    def stop(self):
        self.kill()
        for stream in (self.child.stdin, self.child.stdout):
            if stream:
                stream.close()


class Server(Process):
    """A process that answers Redis commands at its port."""

    port = 0

    def wait_until_answering(self):
        def is_answering():
            self.check()
            return ask(self.port, "PING") == "PONG"

        wait_until(is_answering, f"{self.name} to answer")

    def offset(self):
        return int(info(self.port, "replication")["master_repl_offset"])

    def wait_until_linked(self):
        wait_until(lambda: info(self.port, "replication").get("master_link_status") == "up", f"{self.name} to be linked")


class Certificate:
    """One that signs itself: who verifies it is not what is measured."""

    def __init__(self, bench):
        directory = bench.new_directory("certificate")
        self.file, self.key = directory / "crt", directory / "key"
        made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                               "-days", "2", "-subj", "/CN=bench", "-keyout", self.key, "-out", self.file],
                              capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise BenchFault(f"openssl makes no certificate: {made.stderr}")


class Redis(Server):
    """A redis-server or valkey-server; chained to another where `upstream` is given, and with a port in TLS for a certificate."""

    def __init__(self, bench, binary, upstream=None, name="redis", certificate=None):
        self.port = free_port()
        argv = [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--protected-mode", "no", "--save", "",
                "--appendonly", "no", "--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0",
                "--client-output-buffer-limit", "replica 0 0 0", "--repl-backlog-size", "1gb", "--rdbcompression", "no",
                "--enable-debug-command", "yes", "--maxclients", "15000"]
        if upstream:
            argv += ["--replicaof", f"127.0.0.1 {upstream.port}"]
        if certificate:
            self.tls_port = free_port()
            argv += ["--tls-port", str(self.tls_port), "--tls-cert-file", str(certificate.file),
                     "--tls-key-file", str(certificate.key), "--tls-auth-clients", "no"]
        super().__init__(bench, name, argv)
        self.wait_until_answering()
        if upstream:
            self.wait_until_linked()

    def populate(self, total_bytes, value_bytes=65536):
        """A dataset of that size, and the snapshot of it about as large."""
        if total_bytes:
            ask(self.port, "DEBUG", "POPULATE", max(1, total_bytes // value_bytes), "dataset", value_bytes)


class Relay(Server):
    """The relay, on the defaults of its configuration but for what is named."""

    def __init__(self, bench, upstream, settings=(), name="relay", certificate=None):
        if certificate:
            self.tls_port = free_port()
            settings = [*settings, f"listen.tls-port={self.tls_port}", f"listen.tls-cert-file={certificate.file}",
                        f"listen.tls-key-file={certificate.key}", "listen.tls-auth-clients=no"]
        self.port = free_port()
        self.data = bench.new_directory("relay-data")
        self.http_port = free_port()
        self.argv = [bench.relay, "--upstream", f"127.0.0.1:{upstream.port}", "--listen", str(self.port),
                     "--http", str(self.http_port), "--data-dir", str(self.data)]
        for setting in settings:
            self.argv += ["--set", setting]
        super().__init__(bench, name, self.argv)
        self.wait_until_answering()

    def start_again(self, bench):
        """As kill -9 and a supervisor do. The caller is given the new process."""
        self.kill()
        again = Process.__new__(Relay)
        again.port, again.data, again.argv, again.http_port = self.port, self.data, self.argv, self.http_port
        Process.__init__(again, bench, self.name, self.argv)
        return again


class PortPrinter(Process):
    """One of our servers: the first line of its output is its port."""

    def __init__(self, bench, name, argv):
        super().__init__(bench, name, argv, stdout=subprocess.PIPE, text=True)
        line = self.child.stdout.readline()
        if not line:
            self.child.wait()
            self.check()
        self.port = int(line)


class Sinks(Process):
    """bench_sinks, and its questions."""

    def __init__(self, bench, port, count, *options):
        self.count = count
        argv = [bench.program("bench_sinks"), "--port", str(port), "--sinks", str(count), *map(str, options)]
        super().__init__(bench, "sinks", argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def ask(self, *words, patience=PATIENCE):
        self.check()
        self.child.stdin.write(" ".join(map(str, words)) + "\n")
        ready, _, _ = select.select([self.child.stdout], [], [], patience)
        line = self.child.stdout.readline() if ready else ""
        if not line:
            self.check()
            raise BenchFault(f"the sinks do not answer to: {' '.join(map(str, words))}")
        return json.loads(line)

    def wait_until_streaming(self, patience=PATIENCE):
        return self.ask("streaming", self.count, patience=patience)

    def wait_for(self, offset, patience=PATIENCE):
        return self.ask("offset", offset, patience=patience)


class Load(Process):
    """bench_load, to its end."""

    def __init__(self, bench, master, *options):
        argv = [bench.program("bench_load"), "--port", str(master.port), *map(str, options)]
        super().__init__(bench, "load", argv, stdout=subprocess.PIPE, text=True)

    def result(self, patience=600):
        output, _ = self.child.communicate(timeout=patience)
        self.check_end()
        return json.loads(output)

    def check_end(self):
        if self.child.returncode != 0:
            raise BenchFault(f"the load: {self.log.read_text(errors='replace')}")
