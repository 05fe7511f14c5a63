# The shape of a file: it begins by saying what it is, and it is one idea.
#
#  (1) A header begins with a comment.
#  (2) More than 400 lines need a reason, in the first comment:  // Long because: ...
#  (3) A header has #pragma once; no file has tabs, blanks at the ends of lines, or no newline at its end.
name = "file_shape"

most_lines = 400


def applies_to(path):
    return path.endswith((".cc", ".h", ".py", ".sh", ".cmake", ".yaml", ".md", ".txt", ".json")) or path == ".ci/run"


def first_comment(source):
    lines = []
    for line in source.lines:
        if line.startswith("#!"):
            continue
        if not line.startswith(("//", "#")) or line.startswith(("#pragma", "#include", "#if", "#define")):
            break
        lines.append(line)
    return "\n".join(lines)


def find(source):
    is_cpp = source.path.endswith((".cc", ".h"))
    lines = len(source.lines) - (1 if source.text.endswith("\n") else 0)
    comment = first_comment(source)
    if is_cpp and source.path.endswith(".h") and not comment:
        yield 1, "a header begins with a comment: what it is, what holds, who may call it"
    if is_cpp and lines > most_lines and "Long because:" not in comment:
        yield 1, f"{lines} lines; more than {most_lines} need a reason in the first comment (Long because: ...)"
    if source.path.endswith(".h") and "#pragma once" not in source.text:
        yield 1, "no #pragma once"
    if source.text and not source.text.endswith("\n"):
        yield lines, "no newline at the end"
    for number, line in enumerate(source.lines, 1):
        if line.endswith((" ", "\t")):
            yield number, "blanks at the end of the line"
        elif "\t" in line and is_cpp:
            yield number, "a tab"
