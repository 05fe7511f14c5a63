# Coroutines that compile and then go wrong. clang-tidy 14 has no checks for them.
#
#  (1) g++ 12 destroys twice an aggregate, or a lambda that captures by value, that is built in place inside a co_await expression:
#      co_await f(Agg{s, p}), co_await f({s, p}), co_await f([s = str] {...}). Name it first, then await.
#  (2) A capturing lambda that is a coroutine keeps its captures in the lambda, not in the coroutine's frame. It may be awaited on
#      the spot, or given uncalled to co_spawn, which keeps it; called as a temporary and passed on, it dangles.
#  (3) A coroutine that is spawned outlives the expression that started it: it takes its arguments by value. References (and
#      string_view and span, which are references) are for coroutines that are awaited on the spot.
#  (4) A component's tasks live in a TaskGroup: asio::detached appears only in tests.
import re

from cpp_blocks import Brackets

name = "coroutine_traps"

# Types that have constructors: g++ 12 handles those. std::array and std::pair-like aggregates of ours are not among them.
_has_constructor = re.compile(
    r"^(std::(?!array\b|to_array\b)[\w:]+|(boost::|asio::|beast::|http::|ip::)[\w:]+|steady_clock::\w+|system_clock::\w+"
    r"|u?int\d*_t|int|unsigned|char|bool|double|size_t|Offset|ReplId)$")


def applies_to(path):
    return path.endswith((".cc", ".h"))


def find(source):
    if not re.search(r"\bco_(await|return|yield|spawn)\b|\bspawn\(|\bdetached\b", source.code):
        return
    brackets = Brackets(source.code)
    findings = set()
    for match in re.finditer(r"\bco_await\b", source.code):
        start, end = full_expression(brackets, match.start())
        findings |= set(built_in_place(source, brackets, start, end))
    findings |= set(dangling_lambdas(source, brackets))
    findings |= set(borrowing_tasks(source, brackets))
    if source.path.startswith(("common/", "proxy/")):
        for match in re.finditer(r"\basio::detached\b", source.code):
            findings.add((match.start(), "a detached task has no owner: use a TaskGroup"))
    for position, message in sorted(findings):
        yield source.line_of(position), message


def full_expression(brackets, position):
    """The statement around a co_await, from its first character to the `;` or the `{` that ends it."""
    code = brackets.code
    block = brackets.around(position)
    while block is not None and not (code[block] == "{" and brackets.kind[block] != "initialiser"):
        block = brackets.parent[block]
    start = at = 0 if block is None else block + 1
    while at < position:
        char = code[at]
        if char in "([{":
            close = brackets.partner.get(at)
            if close is None or close > position:
                at += 1
                # Inside this bracket is where the co_await stands; a `for (a; b; c)` has statements of its own.
                continue
            at = close
            if char == "{" and brackets.kind[brackets.partner[close]] != "initialiser":
                start = close + 1
        elif char == ";":
            start = at + 1
        at += 1
    at = position
    while at < len(code):
        char = code[at]
        if char == "{" and brackets.kind[at] != "initialiser":
            return start, at
        if char in "([{":
            at = brackets.partner.get(at, len(code))
        elif char == ";":
            return start, at
        elif char == "}" and brackets.partner.get(at) == block:
            return start, at
        at += 1
    return start, len(code)


def built_in_place(source, brackets, start, end):
    code = source.code
    at = start
    while at < end:
        char = code[at]
        if char == "[" and brackets.starts_lambda(at):
            body = brackets.lambda_body(at)
            if body is not None:
                if captures_by_value(code[at + 1: brackets.partner[at]]):
                    yield at, "a lambda that captures by value is built inside a co_await expression: name it first"
                at = brackets.partner.get(body, end)
        elif char == "{" and brackets.kind[at] == "block":
            at = brackets.partner.get(at, end)
        elif char == "{" and brackets.kind[at] == "initialiser" and not is_declared_variable(brackets, start, at):
            what = type_before(code, at)
            if not _has_constructor.match(what):
                shown = what or "a braced list"
                yield at, f"{shown} is built inside a co_await expression: name it first"
        at += 1


def captures_by_value(captures):
    depth, item, items = 0, "", []
    for char in captures:
        if char in "([{<":
            depth += 1
        elif char in ")]}>":
            depth -= 1
        if char == "," and depth == 0:
            items.append(item.strip())
            item = ""
        else:
            item += char
    items.append(item.strip())
    return any(item and not item.startswith("&") and item != "this" for item in items)


def type_before(code, brace):
    match = re.search(r"([\w:]+)(<[^;{}()]*>)?\s*$", code[:brace][-200:])
    word = match.group(1) if match else ""
    return "" if word in ("return", "co_return", "co_await", "co_yield") else word


def is_declared_variable(brackets, start, brace):
    """`Type name{...}` at the statement's outermost level: the variable itself, and no temporary."""
    head = brackets.code[start:brace]
    if head.count("(") != head.count(")"):
        return False
    return bool(re.search(r"[\w>&*]\s+[&*]*\w+\s*$", head)) and not re.search(r"\b(return|co_return|co_await)\s+[\w:<>]+\s*$", head)


def is_coroutine(brackets, body):
    """Whether these braces hold a co_ word of their own, and not only in a lambda inside."""
    code, end = brackets.code, brackets.partner.get(body, len(brackets.code))
    at = body + 1
    while at < end:
        if code[at] == "[" and brackets.starts_lambda(at):
            inner = brackets.lambda_body(at)
            if inner is not None:
                at = brackets.partner.get(inner, end)
        elif code[at] == "c" and re.match(r"co_(await|return|yield)\b", code[at: at + 10]) and not is_word(code[at - 1]):
            return True
        at += 1
    return False


def is_word(char):
    return char.isalnum() or char == "_"


def dangling_lambdas(source, brackets):
    code = source.code
    for introducer in [p for p in brackets.parent if code[p] == "[" and brackets.starts_lambda(p)]:
        captures = code[introducer + 1: brackets.partner.get(introducer, introducer + 1)].strip()
        body = brackets.lambda_body(introducer)
        if not captures or body is None or not is_coroutine(brackets, body):
            continue
        after = re.match(r"\s*\(", code[brackets.partner.get(body, len(code)) + 1:])
        before = brackets.before(introducer)
        awaited = brackets.word_ending_at(before) == "co_await"
        if after and not awaited:
            yield introducer, "a capturing coroutine lambda is called as a temporary: its captures are gone when it resumes"


_coroutine = re.compile(r"\bawaitable<[^;{}]*?>\s+((?:\w+::)*)(\w+)\s*\(")


def borrowing_tasks(source, brackets):
    code = source.code
    spawned = set()
    for match in re.finditer(r"\b(?:co_)?spawn\s*\(", code):
        opening = match.end() - 1
        inside = code[opening + 1: brackets.partner.get(opening, opening + 1)]
        inside = re.sub(r"\{.*\}", "", inside, flags=re.DOTALL)  # what a lambda there calls, it awaits itself
        spawned |= set(re.findall(r"(?<![.>\w])(?:\w+::)*(\w+)\s*\(", inside))
    for match in _coroutine.finditer(code):
        if match.group(2) not in spawned:
            continue
        opening = match.end() - 1
        parameters = code[opening + 1: brackets.partner.get(opening, opening + 1)]
        if re.search(r"&|\bstring_view\b|\bspan\s*<", parameters):
            yield match.start(2), f"{match.group(2)}() is spawned and takes a reference: it must own its arguments"
