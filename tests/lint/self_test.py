# Proves that each lint can fail: it must find exactly what is marked BAD in examples/, and nothing else.
#
# An example begins with the path that it pretends to have, `// as: PATH`; a line is marked once per finding. The examples of a
# lint are the files whose names begin with its name. "^^" is nothing: it parts words that should not stand in the tree even as
# examples. Where the fault is the file as a whole, the case is written out below.
import pathlib
import sys

import file_shape
from run import findings_in, lints
from source import Source

failures = []


def expect(what, found, wanted):
    if sorted(found) != sorted(wanted):
        failures.append(f"{what}: found at lines {sorted(found)}, expected {sorted(wanted)}")


def check_example(lint, path):
    text = path.read_text(encoding="utf-8").replace("^^", "")
    first = text.split("\n", 1)[0]
    source = Source(first.removeprefix("// as: ").split()[0], text)
    if not lint.applies_to(source.path):
        failures.append(f"{path.name}: {lint.name} does not apply to {source.path}")
    wanted = [number for number, line in enumerate(source.lines, 1) for _ in range(line.count("BAD"))]
    expect(path.name, [line for line, _ in findings_in(lint, source)], wanted)


def check_shape(what, path, text, wanted):
    expect(what, [line for line, _ in findings_in(file_shape, Source(path, text))], wanted)


def main():
    examples = pathlib.Path(__file__).resolve().parent / "examples"
    for name, lint in lints.items():
        own = sorted(path for path in examples.glob("*.cc") if path.name.startswith(name))
        if not own and lint is not file_shape:
            failures.append(f"{name} has no example")
        for path in own:
            check_example(lint, path)

    head = "// What it is.\n#pragma once\n"
    check_shape("a good header", "proxy/log/a.h", head, [])
    check_shape("a header without a comment", "proxy/log/a.h", "#pragma once\n", [1])
    check_shape("a header without a guard", "proxy/log/a.h", "// What it is.\n", [1])
    check_shape("a long file", "proxy/log/a.cc", "// What it is.\n" + "int x;\n" * 400, [1])
    check_shape("a file just short enough", "proxy/log/a.cc", "// What it is.\n" + "int x;\n" * 399, [])
    check_shape("a long file with its reason", "proxy/log/a.cc", "// Long because: one table.\n" + "int x;\n" * 400, [])
    check_shape("no newline at the end", "proxy/log/a.cc", "int x;", [1])
    check_shape("blanks and tabs", "proxy/log/a.cc", "int x; \n\tint y;\n", [1, 2])
    check_shape("a silenced finding", "proxy/log/a.cc", "// lint-ok(file_shape): shown as it was\nint x; \n", [])
    check_shape("a silenced finding without a reason", "proxy/log/a.cc", "// lint-ok(file_shape):\nint x; \n", [2])

    for failure in failures:
        print(failure)
    print(f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
