# Runs clang-tidy over the project's sources, in parallel: python3 tests/lint/tidy.py [--build DIRECTORY] [--only REGEX] [--minutes N]
#
# What was changed last is looked at first. With --minutes no source is begun after so long, and how many were not looked at is said:
# over all of them, with nothing remembered, two cores take most of an hour.
#
# The build directory (default build/fuzz) gives the compile commands, and must be one of clang's: g++'s have flags that clang does
# not know. Nothing needs to be compiled before. Checks and the reasons for those that are off: .clang-tidy, tests/.clang-tidy.
#
# A source that was found clean is not looked at again until it, anything it includes, its flags or the checks change: all of that
# is hashed (the text as it leaves the preprocessor), and the hashes of clean ones are kept in $XDG_CACHE_HOME/psync-relay-tidy.
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

root = pathlib.Path(__file__).resolve().parents[2]
cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "psync-relay-tidy"


def output_of(command, directory):
    return subprocess.run(command, cwd=directory, capture_output=True, check=True).stdout


def preprocessing(entry):
    """The compile command, without what makes it write an object file."""
    arguments = shlex.split(entry["command"])
    kept, skip = [], False
    for argument in arguments:
        if skip or argument == "-o":
            skip = argument == "-o"
        elif argument not in ("-c", entry["file"]):
            kept.append(argument)
    return kept + ["-E", entry["file"]]


def hash_of(entry):
    command = preprocessing(entry)
    digest = hashlib.sha256()
    digest.update(output_of(["clang-tidy", "--version"], root))
    digest.update(output_of(["clang-tidy", "--dump-config", entry["file"]], root))
    # Paths differ between checkouts; what is found does not.
    digest.update(" ".join(command).replace(str(root), "").encode())
    digest.update(output_of(command, entry["directory"]).replace(str(root).encode(), b""))
    return digest.hexdigest()


def check(entry, build):
    """What clang-tidy says about one source; nothing if it is clean."""
    try:
        mark = cache / hash_of(entry)
    except subprocess.CalledProcessError:
        mark = None  # it does not even get through the preprocessor: clang-tidy will say why
    if mark and mark.exists():
        mark.touch()
        return ""
    run = subprocess.run(["clang-tidy", "--quiet", "-p", build, entry["file"]], capture_output=True, text=True, check=False)
    if run.returncode == 0:
        if mark:
            mark.touch()
        return ""
    noise = re.compile(r"^\d+ warnings?( and \d+ errors?)? (generated|treated)|^Suppressed |^Use -header-filter")
    errors = [line for line in run.stderr.splitlines() if not noise.search(line)]
    return run.stdout + "".join(line + "\n" for line in errors)


def last_changes():
    """When each file was changed last, by the history; what it does not know is the newest."""
    log = subprocess.run(["git", "log", "--format=%ct", "--name-only"], cwd=root, capture_output=True, text=True, check=False).stdout
    changed, when = {}, 0
    for line in log.splitlines():
        if line.isdigit():
            when = int(line)
        elif line:
            changed.setdefault(line, when)
    return changed


def main():
    parser = argparse.ArgumentParser(description="clang-tidy over the project's sources")
    parser.add_argument("--build", default=str(root / "build" / "fuzz"))
    parser.add_argument("--only", default=".", help="a regular expression that the path must match")
    parser.add_argument("--minutes", type=float, help="begin no source after so long")
    arguments = parser.parse_args()
    commands = pathlib.Path(arguments.build) / "compile_commands.json"
    if not commands.is_file():
        print(f"tidy: no {commands}; configure it first: cmake --preset fuzz", file=sys.stderr)
        return 2
    entries = {}
    for entry in json.loads(commands.read_text(encoding="utf-8")):
        path = pathlib.Path(entry["file"])
        if path.is_relative_to(root) and not path.is_relative_to(arguments.build):
            name = path.relative_to(root).as_posix()
            if re.search(arguments.only, name):
                entries[name] = entry
    if not entries:
        print("tidy: no source matches", file=sys.stderr)
        return 2

    cache.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + 60 * arguments.minutes if arguments.minutes else None
    changed = last_changes()
    newest_first = sorted(entries, key=lambda name: (-changed.get(name, 2**40), name))

    def checked(name):
        if until is not None and time.monotonic() > until:
            return None
        return check(entries[name], arguments.build)

    bad = left = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for said in pool.map(checked, newest_first):
            if said is None:
                left += 1
            elif said:
                bad += 1
                print(said, end="", flush=True)
    print(f"tidy: {len(entries) - left} sources, {bad} with findings")
    if left:
        print(f"tidy: {left} SOURCES WERE NOT LOOKED AT, those that were changed longest ago: {arguments.minutes:g} minutes are over")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
