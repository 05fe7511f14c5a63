"""An OCI bundle of the image's root file system, as restricted as a cluster runs it: bundle.py DIRECTORY ROOT DATA INSPECTED ARGUMENT...

No capabilities, no new privileges, a read-only root, user 65532; its own processes, mounts and names, the caller's network.
"""
import json
import pathlib
import sys


def bundle(root, data, env, arguments):
    tmpfs = ["nosuid", "noexec", "nodev", "size=16m"]
    return {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": 65532, "gid": 65532},
            "args": arguments,
            "env": env,
            "cwd": "/var/lib/psync-relay",
            "capabilities": {kind: [] for kind in ("bounding", "effective", "permitted", "inheritable", "ambient")},
            "noNewPrivileges": True,
        },
        "root": {"path": root, "readonly": True},
        "hostname": "relay",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=64k"]},
            {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": tmpfs},
            {"destination": "/var/lib/psync-relay", "type": "bind", "source": data, "options": ["rbind", "rw", "nosuid", "nodev"]},
        ],
        "linux": {
            "namespaces": [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")],
            "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/sysrq-trigger"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys"],
        },
    }


if __name__ == "__main__":
    directory, root, data, inspected, *arguments = sys.argv[1:]
    env = json.loads(inspected)["OCIv1"]["config"]["Env"]
    target = pathlib.Path(directory)
    target.mkdir(parents=True, exist_ok=True)
    (target / "config.json").write_text(json.dumps(bundle(root, data, env, arguments), indent=1) + "\n", encoding="utf-8")
