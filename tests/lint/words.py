# Words that do not belong into the project's files.
#
#  (1) What is left to do is an issue, not a comment.
#  (2) A file or type called util, helper, manager or impl says nothing of what it is.
#  (3) Paths of one machine, and addresses that are nobody's example. Examples use RFC 5737, RFC 3849 and RFC 2606 names.
#  (4) Tests wait for a condition, not for a time; ports are asked of the system, not chosen.
import re

name = "words"

_left = "|".join(("TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK"))  # in halves, or this line were one of them

_everywhere = [
    (re.compile(rf"\b({_left})\b"), "what is left to do is an issue, not a comment"),
    (re.compile(r"(?<![\w.$}/-])/(work|home|Users|root)/\w"), "the path of one machine"),
    (re.compile(r"<<<<<<< |>>>>>>> "), "a merge conflict"),
]

_cpp = [
    (re.compile(r"\b(class|struct|namespace)\s+\w*(Util|Utils|Helper|Helpers|Manager|Impl|util|utils|helper|helpers|detail)\b"),
     "the name says nothing of what it is"),
    (re.compile(r"\busing\s+namespace\s+std\s*;"), "std:: is short enough"),
    (re.compile(r"\b(atoi|strtok|sprintf|strcpy|strcat|gets|rand|srand)\s*\("), "there is a better one in the standard library"),
]

_tests = [
    (re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b"), "tests wait for a condition (tests/support), not for a time"),
]


def applies_to(path):
    return not path.startswith("tests/lint/")


def find(source):
    stem = source.path.rsplit("/", 1)[-1].rsplit(".", 1)[0].removesuffix("_test")
    if re.search(r"(^|_)(utils?|helpers?|manager|impl|misc)$", stem):
        yield 1, "the file's name says nothing of what it is"
    is_cpp = source.path.endswith((".cc", ".h"))
    for number, line in enumerate(source.lines, 1):
        for pattern, message in _everywhere:
            if pattern.search(line):
                yield number, message
    if not is_cpp:
        return
    waits = source.path.startswith("tests/") and source.path != "tests/support/wait_until.cc"
    patterns = _cpp + (_tests if waits else [])
    for number, line in enumerate(source.code.split("\n"), 1):
        for pattern, message in patterns:
            if pattern.search(line):
                yield number, message
