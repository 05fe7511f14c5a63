# Runs lints over the project: python3 tests/lint/run.py [NAME...]   (all of them by default)
#
# Prints path:line: message [lint] for each finding, and exits with 1 if there is any.
import pathlib
import sys

import coroutine_traps
import file_shape
import layering
import words
from source import project_files

lints = {lint.name: lint for lint in (coroutine_traps, file_shape, layering, words)}


def findings_in(lint, source):
    for line, message in lint.find(source):
        if not source.is_silenced(lint.name, line):
            yield line, message


def main(names):
    unknown = [name for name in names if name not in lints]
    if unknown:
        print(f"no such lint: {', '.join(unknown)}; there are {', '.join(lints)}", file=sys.stderr)
        return 2
    root = pathlib.Path(__file__).resolve().parents[2]
    sources = list(project_files(root))
    if not sources:
        print(f"no sources below {root}", file=sys.stderr)
        return 2
    count = 0
    for name in names or lints:
        for source in sources:
            if lints[name].applies_to(source.path):
                for line, message in findings_in(lints[name], source):
                    print(f"{source.path}:{line}: {message} [{name}]")
                    count += 1
    print(f"{len(sources)} files, {count} findings")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
