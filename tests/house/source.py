"""source.py - a C file as the checks see it: what it includes, and what it defines at its outermost level.

Not a compiler: comments and literals are blanked, preprocessor lines are set aside, and the rest is read as one
declaration after the other. That is enough for code in the house's style; what cannot be read so raises Unreadable.
"""

import re
from collections import namedtuple

# kind: function, prototype, type, tag, variable, enumerator or macro; lines are 1-based, both inclusive.
Definition = namedtuple("Definition", "kind name line last static")
Include = namedtuple("Include", "path outside line")
Token = namedtuple("Token", "text line close")  # close: place of the matching bracket

COMMENT_OR_LITERAL = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.M)
MACRO = re.compile(r"[ \t]*#[ \t]*define[ \t]+(\w+)")
TOKEN = re.compile(r"[A-Za-z_]\w*|\d[\w.]*|\S")
NAME = re.compile(r"[A-Za-z_]\w*\Z")
PAIRS = {")": "(", "]": "[", "}": "{"}
BODY_OF = ("struct", "union", "enum")
NOT_A_NAME = {"__attribute__", "_Static_assert", "static_assert", "_Alignas", "typeof", "__typeof__"}


class Unreadable(Exception):
    pass


def _spaces(text):
    return re.sub(r"[^\n]", " ", text)


def without_comments(text):
    """The text with every comment blanked; lines and columns stay."""
    return COMMENT_OR_LITERAL.sub(lambda m: _spaces(m[0]) if m[0][0] == "/" else m[0], text)


def without_literals(text):
    """The text with comments and the inside of literals blanked."""
    return COMMENT_OR_LITERAL.sub(
        lambda m: _spaces(m[0]) if m[0][0] == "/" else m[0][0] + " " * (len(m[0]) - 2) + m[0][-1], text)


def includes(text):
    code = without_comments(text)
    return [Include(m[2], m[1] == "<", code.count("\n", 0, m.start()) + 1) for m in INCLUDE.finditer(code)]


def definitions(text):
    """Every definition and prototype of the outermost level, and every macro, in order of their lines."""
    code = without_literals(text)
    found = []
    for directive in DIRECTIVE.finditer(code):
        macro = MACRO.match(directive[0])
        if macro:
            line = code.count("\n", 0, directive.start()) + 1
            found.append(Definition("macro", macro[1], line, line + directive[0].count("\n"), False))
    found += _declarations(_tokens(DIRECTIVE.sub(lambda m: _spaces(m[0]), code)))
    return sorted(found, key=lambda definition: definition.line)


def functions(text):
    return [definition for definition in definitions(text) if definition.kind == "function"]


def _tokens(code):
    tokens, opened = [], []
    line, at = 1, 0
    for match in TOKEN.finditer(code):
        line += code.count("\n", at, match.start())
        at = match.start()
        text = match[0]
        tokens.append([text, line, None])
        if text in PAIRS.values():
            opened.append(len(tokens) - 1)
        elif text in PAIRS:
            if not opened or tokens[opened[-1]][0] != PAIRS[text]:
                raise Unreadable(f"line {line}: '{text}' closes nothing")
            tokens[opened.pop()][2] = len(tokens) - 1
    if opened:
        raise Unreadable(f"line {tokens[opened[-1]][1]}: '{tokens[opened[-1]][0]}' is never closed")
    return [Token(*token) for token in tokens]


def _declarations(tokens):
    found, declaration, at = [], [], 0
    while at < len(tokens):
        token = tokens[at]
        if token.text == ";":
            found += _declared(declaration, tokens)
            declaration = []
        elif token.text == "{" and _is_function(declaration):
            name = _called(declaration)
            found.append(Definition("function", name.text, declaration[0].line, tokens[token.close].line,
                                    any(word.text == "static" for word in declaration)))
            declaration = []
            at = token.close
        elif token.close is not None:
            if token.text == "{":
                found += _body(declaration, tokens[at + 1:token.close])
            declaration.append(token)
            at = token.close
        else:
            declaration.append(token)
        at += 1
    return found


def _is_function(declaration):
    return not any(token.text == "=" for token in declaration) and _called(declaration) is not None


def _called(declaration):
    """The name before the last list of parameters, or None."""
    for before, group in reversed(list(zip(declaration, declaration[1:]))):
        if group.text == "(" and NAME.match(before.text) and before.text not in NOT_A_NAME:
            return before
    return None


def _body(declaration, inside):
    """The tag and the enumerators of a struct, union or enum that opens here."""
    words = [token.text for token in declaration]
    if "=" in words or not any(word in BODY_OF for word in words[-2:]):
        return []
    found = []
    if words[-1] not in BODY_OF:
        found.append(Definition("tag", words[-1], declaration[-1].line, declaration[-1].line, False))
    if "enum" in words[-2:]:
        starts = [token for before, token in zip([None] + list(inside), inside) if before is None or before.text == ","]
        found += [Definition("enumerator", token.text, token.line, token.line, False)
                  for token in starts if NAME.match(token.text) and len(token.text) > 1]
    return found


def _declared(declaration, tokens):
    if not declaration or declaration[0].text in NOT_A_NAME:
        return []
    static = any(token.text == "static" for token in declaration)
    if declaration[0].text == "typedef":
        name = _type_name(declaration, tokens)
        return [Definition("type", name.text, declaration[0].line, declaration[-1].line, static)] if name else []
    if _is_function(declaration):
        name = _called(declaration)
        return [Definition("prototype", name.text, name.line, name.line, static)]
    return _variables(declaration, static)


def _type_name(declaration, tokens):
    """typedef … name; or typedef … (*name)(…);"""
    group = next((token for token in declaration if token.text == "("), None)
    if group is not None:
        inside = [token for token in _inside(group, tokens) if NAME.match(token.text)]
        if inside and declaration[-1].text == "(" and declaration[-1] is not group:
            return inside[-1]
        return _called(declaration)
    return next((token for token in reversed(declaration) if NAME.match(token.text)), None)


def _inside(group, tokens):
    at = next(place for place, token in enumerate(tokens) if token is group)
    return tokens[at + 1:group.close]


def _variables(declaration, static):
    found, name, valued = [], None, False
    for token in declaration + [Token(",", 0, None)]:
        if token.text == ",":
            if name and name.text not in BODY_OF:
                found.append(Definition("variable", name.text, name.line, name.line, static))
            name, valued = None, False
        elif token.text == "=":
            valued = True
        elif not valued and NAME.match(token.text):
            name = token
    # `struct tag;` declares no variable
    if len(declaration) == 2 and declaration[0].text in BODY_OF:
        return []
    if declaration[-1].text == "{" and declaration[0].text in BODY_OF:
        return []
    return found
