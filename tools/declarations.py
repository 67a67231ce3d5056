"""What the public headers declare, found without a compiler: enough for the checks beside this file.

`declarations(path)` yields a Declaration for each type and free function at namespace scope (namespace `detail` left out) with its
name, its line, its text on one line, and whether a `///` comment stands above it. Declarations that follow one another without a
blank line share the comment above the first.
"""

import dataclasses
import re

_WORDS_BEFORE_PARENTHESIS = re.compile(r"([~\w]+|operator\s*(?:\(\)|\[\]|[^\s\w(]+|\w[\w\s]*))\s*\($")
_TYPE = re.compile(r"^(?:template\s*<.*>\s*)?(?:requires\s*\(.*?\)\s*)?(class|struct|enum(?:\s+class|\s+struct)?|union|concept)\s+"
                   r"(?:\[\[[^\]]*\]\]\s*)?(\w+)(?!\s*\()")


@dataclasses.dataclass
class Declaration:
    kind: str  # "type" or "function"
    name: str
    line: int
    text: str
    documented: bool


def _blank(text):
    """The text with strings and comments blanked out, of the same length and lines."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def _function_name(text):
    """The name before the first parenthesis outside <> and requires(…), or None."""
    text = re.sub(r"^(?:template\s*<[^()]*?>\s*(?=\w))+", "", text)
    text = re.sub(r"^template\s*<.*?>\s+", "", text)
    text = re.sub(r"^requires\s*\((?:[^()]|\([^()]*\))*\)\s*", "", text)
    text = re.sub(r"^requires\s+[\w:]+<[^()]*?>\s+", "", text)
    depth = 0
    for i, c in enumerate(text):
        if c == "<" and not text[:i].rstrip().endswith("operator") and not text[:i].endswith("operator<"):
            depth += 1
        elif c == ">" and depth and text[i - 1] != "-":
            depth -= 1
        elif c == "(" and depth == 0:
            match = _WORDS_BEFORE_PARENTHESIS.search(text[: i + 1])
            return match.group(1) if match else None
        elif c == "=" and depth == 0 and "operator" not in text[:i]:
            return None
    return None


def declarations(path):
    source = path.read_text(encoding="utf-8")
    lines = source.split("\n")
    code = _blank(source)
    code = re.sub(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", lambda m: re.sub(r"[^\n]", " ", m.group()), code, flags=re.M)
    scopes = []  # of each open brace: "namespace", "detail" or "body"
    start = None  # where the current statement began
    parentheses = 0
    shared = {}  # line on which a declaration ends -> whether it is documented

    def finish(end):
        text = " ".join(code[start:end].split())
        line = code.count("\n", 0, start) + 1
        if not text or any(s != "namespace" for s in scopes):
            return None
        if re.match(r"(using|namespace|friend|static_assert|extern template|typedef|inline constexpr|constexpr)\b", text) and not re.search(
                r"\bconstexpr\b.*\w\s*\(", text):
            return None
        kind = _TYPE.match(text)
        name = kind.group(2) if kind else _function_name(text)
        if name is None:
            return None
        above = lines[line - 2].strip() if line >= 2 else ""
        documented = above.startswith("///") or shared.get(line - 1, False)
        shared[code.count("\n", 0, end) + 1] = documented
        if kind and re.match(r"\s*(::|<)", text[kind.end():]):
            return None  # a specialisation: the template it specialises has the docstring
        forward = kind and code[end] == ";"
        if forward and "enum" not in kind.group(1) and "concept" not in kind.group(1):
            return None
        if kind is None and re.search(r"::\s*" + re.escape(name) + r"$", text[: text.index("(", text.index(name))].rstrip()):
            return None  # a member defined outside its class
        return Declaration("type" if kind else "function", name, line, text, documented)

    last = None
    for i, c in enumerate(code):
        if start is None:
            if c.isspace():
                continue
            if c not in "{};":
                start = i
        if c == "(":
            parentheses += 1
        elif c == ")":
            parentheses -= 1
        elif c == "{" and parentheses == 0:
            head = code[start:i] if start is not None else ""
            match = re.match(r"\s*(?:inline\s+)?namespace\b\s*(.*)", head, re.S)
            if match:
                names = match.group(1).split("::")
                scopes.append("detail" if any(n.strip() in ("detail", "") for n in names) else "namespace")
            else:
                if start is not None and all(s == "namespace" for s in scopes):
                    last = finish(i)
                    if last:
                        yield last
                scopes.append("body")
            start = None
        elif c == "}" and parentheses == 0:
            if scopes:
                scopes.pop()
            if last and not any(s != "namespace" for s in scopes):
                shared[code.count("\n", 0, i) + 1] = last.documented
            start = None
        elif c == ";" and parentheses == 0:
            if start is not None and all(s == "namespace" for s in scopes):
                last = finish(i)
                if last:
                    yield last
            start = None
