"""Formulas and contrasts as text, read into trees.

The grammar is R's: ``^`` binds tightest, then signs, ``:``, ``%in%``, ``*`` and ``/``,
``+`` and ``-``, comparisons, ``!``, ``&``, ``|``. A tree is only ever walked by code that knows
each name and function it may meet, and ``str`` of a tree is the text as R would write it,
``ns(x, df = 3)``, which is what the columns of a design are named after.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from pylimma.containers.names import number_text
from pylimma.errors import DesignError

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?L?)
      | (?P<name>(?:[^\W\d]|\.(?!\d))[\w.]*(?:::[\w.]+)?(?:\[[^\]]*\])?)
      | `(?P<quoted>[^`]+)`
      | "(?P<double>[^"]*)" | '(?P<single>[^']*)'
      | (?P<sign>%[^%\s]*%|\*\*|<=|>=|==|!=|&&|\|\||[-+*/^:~()!<>=,&|])""",
    re.VERBOSE,
)
_BINDING = {
    **dict.fromkeys(("|", "||"), 1),
    **dict.fromkeys(("&", "&&"), 2),
    **dict.fromkeys(("<", ">", "<=", ">=", "==", "!="), 4),
    **dict.fromkeys(("+", "-"), 5),
    **dict.fromkeys(("*", "/"), 6),
    ":": 8,
    "^": 10,
}
_INFIX_BINDING = 7  # of %in% and its kind
_PREFIX_BINDING = {"!": 3, "-": 9, "+": 9}
_UNSPACED = {"/", "^", ":", "%%", "%/%"}
_SYNTACTIC = re.compile(r"(?:[^\W\d_]|\.(?!\d))[\w.]*(?:::[\w.]+)?")
_RESERVED = {
    *("if", "else", "repeat", "while", "function", "for", "next", "break", "in"),
    *("TRUE", "FALSE", "NULL", "Inf", "NaN", "NA"),
}


def is_syntactic(name: str) -> bool:
    """Whether a name needs no backticks in a formula."""
    return _SYNTACTIC.fullmatch(name) is not None and name not in _RESERVED


def made_name(name: str) -> str:
    """The name that R's ``make.names`` makes of one: signs are dots, digits in front follow X."""
    made = re.sub(r"[^\w.]", ".", name)
    made = made if re.match(r"[^\W\d_]|\.(?!\d)", name) else f"X{made}"
    return f"{made}." if made in _RESERVED else made


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, or the level of a contrast."""

    name: str

    def __str__(self) -> str:
        plain = is_syntactic(self.name) or self.name in _RESERVED
        return self.name if plain else f"`{self.name}`"


@dataclass(frozen=True, slots=True)
class Number:
    """A number, and whether it was written as an integer (``2L``)."""

    value: float
    integer: bool = False

    def __str__(self) -> str:
        return number_text(self.value) + "L" * self.integer


@dataclass(frozen=True, slots=True)
class Text:
    """A text between quotes."""

    value: str

    def __str__(self) -> str:
        return f'"{self.value}"'


@dataclass(frozen=True, slots=True)
class Parenthesis:
    """An expression in parentheses."""

    inside: Expression

    def __str__(self) -> str:
        return f"({self.inside})"


@dataclass(frozen=True, slots=True)
class Prefix:
    """A sign before an expression."""

    sign: str
    operand: Expression

    def __str__(self) -> str:
        return f"{self.sign}{self.operand}"


@dataclass(frozen=True, slots=True)
class Operation:
    """Two expressions and the sign between them."""

    sign: str
    left: Expression
    right: Expression

    def __str__(self) -> str:
        gap = "" if self.sign in _UNSPACED else " "
        return f"{self.left}{gap}{self.sign}{gap}{self.right}"


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call, with or without its name."""

    name: str | None
    value: Expression

    def __str__(self) -> str:
        return str(self.value) if self.name is None else f"{self.name} = {self.value}"


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments."""

    function: str
    arguments: tuple[Argument, ...]

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(str, self.arguments))})"


Expression: TypeAlias = Name | Number | Text | Parenthesis | Prefix | Operation | Call


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


def shortened(text: str, most: int = 200) -> str:
    """A text for a message, cut where it is long."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def parse_arithmetic(text: str) -> Expression:
    """The tree of one expression."""
    try:
        return _Parser(text).whole()
    except RecursionError:
        raise DesignError(f"'{text[:40]}…' is nested too deeply.") from None


def names_in_text(text: str) -> list[str]:
    """The different names in a contrast."""
    try:
        tree = parse_arithmetic(text)
        return list(dict.fromkeys(x.name for x in subexpressions(tree) if isinstance(x, Name)))
    except (DesignError, RecursionError):
        return [text.strip()]


def parse_formula(text: str) -> Expression:
    """The tree of the right-hand side of a formula."""
    signs = [token for token in _tokens(text) if token.text == "~" and token.kind == "sign"]
    if not signs:
        return parse_arithmetic(text)
    response, right = text[: signs[0].start].strip(), text[signs[0].start + 1 :]
    if response:
        raise DesignError(
            f"The formula '{shortened(text)}' has a response '{shortened(response)}', but a design "
            f"describes the samples of every gene at once: write '~{shortened(right)}'."
        )
    return parse_arithmetic(right)


def subexpressions(tree: Expression) -> Iterator[Expression]:
    """Every node of a tree, from the top down and left to right."""
    yield tree
    match tree:
        case Parenthesis(part) | Prefix(_, part):
            yield from subexpressions(part)
        case Operation(_, left, right):
            yield from subexpressions(left)
            yield from subexpressions(right)
        case Call(_, arguments):
            for argument in arguments:
                yield from subexpressions(argument.value)
        case _:
            return


def _tokens(text: str) -> list[_Token]:
    found, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise DesignError(f"'{shortened(text)}' cannot be read at '{shortened(text[place:])}'.")
        kind = str(match.lastgroup)
        if kind != "space":
            found.append(_Token(kind, match[kind].replace("**", "^"), place))
        place = match.end()
    return found


class _Parser:
    """Reads an expression by the binding strength of its signs."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [*_tokens(text), _Token("end", "", len(text))]
        self.place = 0

    def whole(self) -> Expression:
        tree = self.expression(0)
        if self.next.kind != "end":
            raise self.error()
        return tree

    @property
    def next(self) -> _Token:
        return self.tokens[self.place]

    def error(self) -> DesignError:
        if not self.text.strip():
            return DesignError("The text is empty; a formula or contrast is expected.")
        if self.next.kind == "end":
            return DesignError(f"'{shortened(self.text)}' ends too early.")
        return DesignError(
            f"'{shortened(self.text)}' cannot be read at "
            f"'{shortened(self.text[self.next.start :])}'. Quote names "
            "with backticks unless they are made of letters, digits, dots and underscores."
        )

    def take(self) -> _Token:
        self.place += 1
        return self.tokens[self.place - 1]

    def takes(self, sign: str) -> bool:
        """Whether a sign comes next; if so it is taken."""
        found = self.next.kind == "sign" and self.next.text == sign
        self.place += found
        return found

    def expression(self, binding: int) -> Expression:
        left = self.operand()
        while self.next.kind == "sign":
            sign = self.next.text
            strength = _INFIX_BINDING if sign[0] == "%" else _BINDING.get(sign, 0)
            if strength <= binding:
                break
            self.take()
            # powers group from the right, everything else from the left
            left = Operation(sign, left, self.expression(strength - (sign == "^")))
        return left

    def operand(self) -> Expression:
        if self.next.kind == "end":
            raise self.error()
        token = self.take()
        match token.kind:
            case "number":
                value = float(token.text.rstrip("L"))
                if not math.isfinite(value):
                    raise DesignError(f"The number {token.text} in '{self.text}' is too large.")
                return Number(value, token.text.endswith("L"))
            case "double" | "single":
                return Text(token.text)
            case "quoted":
                return Name(token.text)
            case "name":
                return self.call(token.text) if self.takes("(") else Name(token.text)
        if token.text == "(":
            tree = Parenthesis(self.expression(0))
            self.close()
            return tree
        if token.text in _PREFIX_BINDING:
            return Prefix(token.text, self.expression(_PREFIX_BINDING[token.text]))
        self.place -= 1
        raise self.error()

    def call(self, function: str) -> Call:
        arguments: list[Argument] = []
        while not self.takes(")"):
            if arguments and not self.takes(","):
                raise self.error()
            arguments.append(self.argument())
        return Call(function, tuple(arguments))

    def argument(self) -> Argument:
        follows = self.tokens[min(self.place + 1, len(self.tokens) - 1)]
        if self.next.kind == "name" and follows.kind == "sign" and follows.text == "=":
            name = self.take().text
            self.take()
            return Argument(name, self.expression(0))
        return Argument(None, self.expression(0))

    def close(self) -> None:
        if not self.takes(")"):
            raise self.error()
