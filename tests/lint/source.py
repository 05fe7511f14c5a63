# What the lints share: the files of the project, and C++ text without its comments and literals.
#
# A lint is a module with `find(source)`, which yields (line, message) pairs, and `applies_to(path)`. It knows nothing of the
# disk: run.py reads the files, self_test.py gives it the examples.
#
# A finding is silenced where it is, with the reason:  // lint-ok(name): why this one is right
# on the same line or on a line of its own above.
import pathlib
import re


class Source:
    """A file: its path below the root, its text, and for C++ `code`, where comments and literals are blanks of the same length."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.split("\n")
        self.code = blank_literals(text) if path.endswith((".cc", ".h")) else text
        self.folder = path.rsplit("/", 1)[0] if "/" in path else ""

    def line_of(self, position):
        return self.text.count("\n", 0, position) + 1

    def is_silenced(self, lint, line):
        mark = re.compile(r"lint-ok\(" + re.escape(lint) + r"\): \S")
        here = self.lines[line - 1] if line <= len(self.lines) else ""
        above = self.lines[line - 2] if line >= 2 else ""
        return bool(mark.search(here)) or (above.strip().startswith(("//", "#")) and bool(mark.search(above)))


_literal = re.compile(
    r"""//[^\n]*                                   # comment to the end of the line
      | /\*.*?\*/                                  # comment
      | R"(?P<mark>[^ ()\\\t\n]{0,16})\(.*?\)(?P=mark)"   # raw string
      | "(?:\\.|[^"\\\n])*"                        # string
      | (?<![0-9A-Za-z_])(?:u8|[uUL])?'(?:\\.|[^'\\\n])+'  # character; not the separator in 1'000
    """,
    re.VERBOSE | re.DOTALL,
)


def blank_literals(text):
    def blank(match):
        found = match.group(0)
        if found.startswith("/"):
            return re.sub(r"[^\n]", " ", found)
        # A string stays a token: quotes with nothing between them.
        inner = re.sub(r"[^\n]", " ", found[1:-1])
        return '"' + inner + '"' if len(found) >= 2 else found

    return _literal.sub(blank, text)


# Recorded examples of what the lints must find are no part of the project's own code.
_skipped = ("build/", "tests/lint/examples/", ".git/")


def project_files(root):
    root = pathlib.Path(root)
    tops = ["common", "proxy", "deploy", "helm", "tests", ".ci"]
    singles = ["CMakeLists.txt", "CMakePresets.json", "README.md", "CHANGELOG.md", "config.example.yaml", ".clang-tidy"]
    paths = [root / name for name in singles if (root / name).is_file()]
    for top in tops:
        paths += (path for path in (root / top).rglob("*") if path.is_file())
    for path in sorted(paths):
        name = path.relative_to(root).as_posix()
        if name.startswith(_skipped) or "/__pycache__/" in name or "/corpus/" in name:
            continue
        try:
            yield Source(name, path.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            continue  # bytes, not text
