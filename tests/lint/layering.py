# Who may include whom. The link line (CMakeLists.txt) says the same of libraries; this says it of headers, where it is cheaper to
# break it, and says it of Asio.
#
#  (1) Each folder includes itself and what is listed for it below, and nothing else of the project.
#  (2) log/ and snapshot/ never see a socket; upstream/ and downstream/ never see each other; control/ sees Status, never a component.
#  (3) yaml-cpp is the configuration's, Beast is the HTTP server's and ctl's, Boost.JSON is the API's, ctl's and inspect's,
#      prometheus-cpp is the metrics'.
#  (4) Files of the inner ring are plain C++: bytes in, values out. No Asio, no clock's time, no file, no logging.
import re

name = "layering"

_base = {"common/base"}
_below = {
    "common/base": set(),
    "common/json": set(),
    "common/resp": _base,
    "common/tls": _base,
    "common/io": _base | {"common/tls"},
    "proxy/config": _base | {"common/tls"},
    "proxy/status": _base,
    "proxy/log": _base | {"common/io", "proxy/config", "proxy/status"},
    "proxy/snapshot": _base | {"common/io", "common/resp", "proxy/config", "proxy/status", "proxy/log"},
    "proxy/history": _base | {"common/io", "proxy/config", "proxy/status", "proxy/log", "proxy/snapshot"},
    "proxy/upstream": _base | {"common/io", "common/resp", "proxy/config", "proxy/status", "proxy/log", "proxy/snapshot",
                               "proxy/history"},
    "proxy/downstream": _base | {"common/io", "common/tls", "common/resp", "proxy/config", "proxy/status", "proxy/log",
                                 "proxy/snapshot", "proxy/history"},
    "proxy/metrics": _base | {"proxy/status"},
    "proxy/ctl": _base | {"common/io", "proxy/config", "proxy/snapshot"},  # a client: it knows the API alone
    "proxy/control": _base | {"common/io", "proxy/config", "proxy/status", "proxy/metrics"},
}

_owners = {
    "yaml-cpp/": {"proxy/config"},
    "boost/beast": {"proxy/control", "proxy/ctl", "common/io"},  # common/io compiles it once for all
    "boost/json": {"common/json", "proxy/control", "proxy/ctl", "proxy/history"},  # common/json compiles it once for all
    "prometheus/": {"proxy/metrics", "proxy/control"},
}

# Folders and files (by stem) of the inner ring.
_inner = {
    "common/base": {"offset", "replid", "bytes", "duration", "crc32c", "crc64", "result"},
    "common/resp": None,  # all of it
    "proxy/log": {"segment_format", "retention"},
    "proxy/snapshot": {"refresh_policy", "rdb_transfer", "rdb_verifier"},
    "proxy/history": {"history", "resync_decision"},
    "proxy/upstream": {"psync_reply", "stream_scanner"},
    "proxy/downstream": {"replica_acks", "replica_state"},
}

_include = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
_socket = re.compile(r"boost/asio/(ip/|local/|generic/|basic_(stream|socket|datagram|seq_packet|raw)\w*|connect|read|write)"
                     r"|boost/asio\.hpp|sys/(socket|sendfile)\.h|netinet/|arpa/|tcp_stream|byte_stream")
_outer = re.compile(r"^boost/asio|^fstream$|^thread$|^unistd\.h$|^fcntl\.h$|common/base/logging\.h|^common/io/")


def applies_to(path):
    return path.startswith(("common/", "proxy/")) and path.endswith((".cc", ".h"))


def is_inner(path):
    folder, file = path.rsplit("/", 1)
    if folder not in _inner:
        return False
    return _inner[folder] is None or file.rsplit(".", 1)[0] in _inner[folder]


def find(source):
    allowed = _below.get(source.folder)
    for number, line in enumerate(source.lines, 1):
        match = _include.match(line)
        if not match:
            continue
        own, target = match.group(1) == '"', match.group(2)
        if own and not target.startswith(("common/", "proxy/", "tests/")):
            yield number, f'"{target}": includes name the path from the root'
            continue
        folder = target.rsplit("/", 1)[0] if "/" in target else ""
        # proxy/ itself (relay.cc, main.cc) sees all.
        if own and allowed is not None and folder != source.folder and folder not in allowed:
            yield number, f"{source.folder}/ may not include {folder}/"
        if own and allowed is None and source.folder not in ("proxy", "common"):
            yield number, f"{source.folder}/ is not in the list of folders: say in tests/lint/layering.py what it may include"
        for prefix, owners in _owners.items():
            if target.startswith(prefix) and source.folder not in owners:
                yield number, f"<{target}> belongs to {', '.join(sorted(owners))}"
        if source.folder in ("proxy/log", "proxy/snapshot") and _socket.search(target):
            yield number, f"{source.folder}/ never sees a socket"
        if is_inner(source.path) and _outer.search(target):
            yield number, f"inner ring: no {target} here"
