"""The manual page, made of what --help says, so that the two cannot differ: man_page.py BINARY > psync-relay.1

 (1) A line at the margin begins a section, what is indented below it belongs to it. Two blanks or more part a term from its text;
     what is indented like a text goes on with it. Everything else is a paragraph.
 (2) Nothing of the help is left out: tests/package compares the words of both.
"""
import os
import re
import subprocess
import sys

# What has a place of its own in a manual page; all other sections are about options.
own_sections = ("signals", "exit status", "example", "examples", "environment", "files")

files = {
    "/etc/psync-relay/psync-relay.yaml": "The configuration of the service that the Debian package brings.",
    "/var/lib/psync-relay": "Its log and snapshots.",
    "/usr/share/doc/psync-relay/examples/config.example.yaml": "Every key, what it does, what to beware of, its default.",
}


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    return "\\&" + text if text.startswith(".") else text


def asked(binary, *words):
    return subprocess.run([binary, *words], check=True, capture_output=True, text=True).stdout


def entries(lines):
    """(term, text) of a section's lines; a paragraph has no term."""
    found = []
    for line in lines:
        text = line.strip()
        if not text:
            found.append((None, ""))
            continue
        parts = re.match(r"^ {2}(\S.*?)(?: {2,}(\S.*))?$", line)
        if parts and parts.group(2):
            found.append((parts.group(1), parts.group(2)))
        elif found and (found[-1][0] or found[-1][1]):
            found[-1] = (found[-1][0], found[-1][1] + " " + text)
        else:
            found.append((None, text))
    return [entry for entry in found if entry != (None, "")]


def body(lines):
    for term, text in entries(lines):
        if term:
            yield from (".TP", ".B " + escape(term), escape(text))
        else:
            yield from (".PP", escape(text))


def sections_of(text):
    """The lines before the first section, and (title, lines) of each."""
    head, found = [], []
    for line in text.splitlines():
        if line and not line.startswith((" ", "Usage:")) and re.fullmatch(r"[A-Z][^.]*", line):
            found.append((line, []))
        else:
            (found[-1][1] if found else head).append(line)
    return head, found


def command(binary, name):
    """One command as `ctl COMMAND --help` has it: its synopsis, what it does, its options."""
    head, sections = sections_of(asked(binary, "ctl", name, "--help"))
    usage = next(line for line in head if line.startswith("Usage:")).removeprefix("Usage:").strip()
    text = " ".join(line.strip() for line in head if line.strip() and not line.startswith("Usage:"))
    yield ".TP"
    yield ".B " + escape(usage.removeprefix("psync-relay ctl [OPTION]... "))
    yield escape(text.split(" Options of every command:")[0])
    for title, lines in sections:
        if title == "Its options":
            yield ".RS"
            yield from body([line for line in lines if not line.startswith("Options of every")])
            yield ".RE"


def subcommands(binary):
    help_text = asked(binary, "ctl", "--help")
    _, sections = sections_of(help_text)
    yield ".SH CTL"
    for title, lines in sections:
        if title.startswith(("Looking", "Steering")):
            yield f'.SS "{escape(title)}"'
            for name in [term.split()[0] for term, _ in entries(lines) if term]:
                yield from command(binary, name)
        elif title == "Options":
            yield '.SS "Options of every command of ctl"'
            yield from body(lines)


def page(binary):
    head, sections = sections_of(asked(binary, "--help"))
    version = asked(binary, "--version").split()[-1]
    text = [line for line in head if line.strip()]
    purpose = text[0].split(": ", 1)[1].rstrip(".")
    usage = [line.removeprefix("Usage:").strip() for line in text if re.match(r"(Usage:| {7})", line)]
    rest = [line for line in text[1:] if not re.match(r"(Usage:| {7})", line)]
    yield f'.TH PSYNC\\-RELAY 1 "" "psync\\-relay {escape(version)}" "User Commands"'
    yield from (".SH NAME", "psync\\-relay \\- " + escape(purpose))
    yield ".SH SYNOPSIS"
    for line in usage:
        yield from (".B " + escape(line), ".br")
    yield from (".SH DESCRIPTION", escape(" ".join(rest)))
    yield ".SH OPTIONS"
    own = []
    for title, lines in sections:
        if title.lower() in own_sections:
            own.append((title.upper(), lines))
        else:
            yield f'.SS "{escape(title)}"'
            yield from body(lines)
    for title, lines in own:
        yield f'.SH "{title}"'
        if title.startswith("EXAMPLE"):
            yield from (".nf", *(escape(line.strip()) for line in lines if line.strip()), ".fi")
        else:
            yield from body(lines)
    yield from subcommands(binary)
    yield ".SH FILES"
    for name, purpose in files.items():
        yield from (".TP", ".I " + escape(name), escape(purpose))
    yield from (".SH SEE ALSO", ".BR redis\\-server (1),", ".BR systemd.service (5)")


if __name__ == "__main__":
    if len(sys.argv) != 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit("usage: man_page.py BINARY")
    print("\n".join(page(sys.argv[1])))
