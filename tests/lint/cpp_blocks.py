# Brackets of blanked C++ text, and what each opening brace is: a block of statements, the body of a type, or an initialiser.
#
# This is no parser. It decides by the token before the brace, which is enough for the code of this project and wrong for some
# code that could be written; there a `lint-ok` with a reason helps.
import re

_pairs = {")": "(", "]": "[", "}": "{"}
_word = re.compile(r"[A-Za-z_][A-Za-z0-9_]*$")
_block_words = {"else", "do", "try", "const", "noexcept", "override", "final", "mutable", "constexpr", "extern"}


class Brackets:
    def __init__(self, code):
        self.code = code
        self.partner = {}  # position of each bracket -> position of its partner
        self.parent = {}   # position of an opening bracket -> the opening bracket around it, or None
        stack = []
        for position, char in enumerate(code):
            if char in "([{":
                self.parent[position] = stack[-1] if stack else None
                stack.append(position)
            elif char in ")]}" and stack and code[stack[-1]] == _pairs[char]:
                self.partner[position] = stack[-1]
                self.partner[stack.pop()] = position
        self.kind = {p: self._kind(p) for p in sorted(self.parent) if code[p] == "{"}

    def before(self, position):
        """Position of the last character before `position` that is no space, or -1."""
        position -= 1
        while position >= 0 and self.code[position].isspace():
            position -= 1
        return position

    def word_ending_at(self, position):
        match = _word.search(self.code[max(0, position - 80): position + 1])
        return match.group(0) if match else ""

    def around(self, position):
        """The innermost opening bracket that encloses `position`, or None."""
        depth = 0
        for at in range(position - 1, -1, -1):
            if self.code[at] in ")]}":
                depth += 1
            elif self.code[at] in "([{":
                if depth == 0:
                    return at
                depth -= 1
        return None

    def _kind(self, position):
        at = self.before(position)
        if at < 0:
            return "block"
        char = self.code[at]
        if char == "{":
            return self._kind(at) if self._kind(at) == "initialiser" else "block"
        if char in ");}:":
            return "block"
        if char == "]":
            # A lambda's introducer, or the size in `new T[n]{}` and `T a[3]{}`.
            opening = self.partner.get(at)
            return "block" if opening is not None and self.starts_lambda(opening) else "initialiser"
        if char in "=(,?<&|+-*/!":
            return "initialiser"
        word = self.word_ending_at(at)
        if word in _block_words:
            return "block"
        if word in ("return", "co_return", "co_yield"):
            return "initialiser"
        head = self._head(position)
        if re.search(r"\b(struct|class|union|enum|namespace|concept)\b", head) and not re.search(r"[()=]", head):
            return "type"
        if re.search(r"\)\s*(const\s*)?(noexcept\s*)?->", head):
            return "block"
        if re.search(r"\]\s*->", head):
            return "block"
        # `Member::Member() : a_{1}, b_{2} {` ends in `}` and was a block above.
        return "initialiser"

    def _head(self, position):
        """The text between the previous statement's end and the brace."""
        at = position - 1
        while at >= 0 and self.code[at] not in ";{}":
            at -= 1
        return self.code[at + 1: position]

    def starts_lambda(self, position):
        """Whether the `[` here opens a capture list, and not an index or an attribute."""
        if self.code[position] != "[" or self.code[position + 1: position + 2] == "[":
            return False
        at = self.before(position)
        if at < 0:
            return False
        char = self.code[at]
        if char == "[":
            return False
        if char.isalnum() or char == "_":
            return self.word_ending_at(at) in ("return", "co_return", "co_await", "co_yield", "case", "else")
        return char not in ')]"'

    def lambda_body(self, introducer):
        """The `{` of the lambda whose capture list opens here, or None."""
        at = self.partner.get(introducer)
        if at is None:
            return None
        while at + 1 < len(self.code):
            at += 1
            char = self.code[at]
            if char == "{":
                return at
            if char == "(":
                at = self.partner.get(at, at)
            elif char in ";)}],":
                return None
        return None
