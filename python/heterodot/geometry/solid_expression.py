"""Solids as text: ``Sphere(2.0) - Box(1.0).translate((2, 0, 0))``, read without running code."""

from __future__ import annotations

import ast
import difflib
import inspect
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot.geometry import solids
from heterodot.geometry.implicit import Implicit
from heterodot.geometry.solid import Solid

__all__ = ["SHAPES", "implicit_parts", "parse_solid"]

SHAPES: dict[str, type[Solid]] = {
    name: getattr(solids, name) for name in solids.__all__ if name not in ("Solid", "Implicit")
}
"""The shapes that text and files may name."""

_METHODS = ("grow", "rotate", "scale", "translate")
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.Sub: operator.sub,
}


def parse_solid(text: str, samples: Mapping[str, NDArray[np.float64]] | None = None) -> Solid:
    """Return the solid an expression describes, as ``repr`` of a solid writes it.

    Parameters
    ----------
    text : str
        Shapes with numbers as arguments, joined by ``|``, ``&`` and ``-`` and moved by
        ``.translate``, ``.rotate``, ``.scale`` and ``.grow``. Nothing else is understood.
    samples : mapping, optional
        Samples of `Implicit` solids by their digest.

    Raises
    ------
    ValueError
        If the text is no such expression, or a shape refuses its arguments.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise ValueError(f"{text!r} is no expression of solids: {error.msg}") from None
    solid = _Reader(text, samples or {}).value(tree.body)
    if not isinstance(solid, Solid):
        raise ValueError(f"{text!r} is {solid!r}, not a solid")  # noqa: TRY004 - content of a text
    return solid


def implicit_parts(solid: Solid) -> dict[str, NDArray[np.float64]]:
    """Return the samples of all `Implicit` solids that a solid is made of, by their digest."""
    if isinstance(solid, Implicit):
        return {solid.digest: solid.samples}
    return {name: array for part in solid.parts for name, array in implicit_parts(part).items()}


class _Reader:
    """Evaluates the few kinds of nodes an expression of solids has."""

    def __init__(self, text: str, samples: Mapping[str, NDArray[np.float64]]) -> None:
        self._text = text
        self._samples = samples

    def value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant) and isinstance(node.value, (bool, int, float, str)):
            return node.value
        if isinstance(node, (ast.Tuple, ast.List)):
            return tuple(self.value(entry) for entry in node.elts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            number = self.value(node.operand)
            if isinstance(number, (int, float)):
                return -number if isinstance(node.op, ast.USub) else number
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            left, right = self.value(node.left), self.value(node.right)
            if isinstance(left, Solid) and isinstance(right, Solid):
                return _OPERATORS[type(node.op)](left, right)
        if isinstance(node, ast.Call):
            return self._call(node)
        raise self._refused(node)

    def _call(self, node: ast.Call) -> Any:
        arguments = [self.value(entry) for entry in node.args]
        named = {str(entry.arg): self.value(entry.value) for entry in node.keywords if entry.arg}
        if isinstance(node.func, ast.Attribute):
            solid, method = self.value(node.func.value), node.func.attr
            if not isinstance(solid, Solid):
                raise self._refused(node)
            if method not in _METHODS:
                raise ValueError(f"unknown operation {method!r}; known: {', '.join(_METHODS)}")
            return self._with_arguments(getattr(solid, method), method, arguments, named)
        if not isinstance(node.func, ast.Name):
            raise self._refused(node)
        name = node.func.id
        if name == "Implicit":
            if arguments or set(named) != {"samples", "bounds", "resolution"}:
                raise self._refused(node)
            return self._implicit(**named)
        if name not in SHAPES:
            near = difflib.get_close_matches(name, SHAPES, n=2, cutoff=0.5)
            offer = f"did you mean {' or '.join(near)}? " if near else ""
            raise ValueError(f"unknown shape {name!r}; {offer}known: {', '.join(sorted(SHAPES))}")
        return self._with_arguments(SHAPES[name], name, arguments, named)

    @staticmethod
    def _with_arguments(
        function: Callable[..., Any], name: str, arguments: list[Any], named: dict[str, Any]
    ) -> Any:
        signature = inspect.signature(function)
        try:
            signature.bind(*arguments, **named)
        except TypeError as error:
            known = ", ".join(signature.parameters)
            raise ValueError(f"{name}: {error}; its arguments are {known}") from None
        try:
            return function(*arguments, **named)
        except TypeError as error:
            raise ValueError(f"{name}: {error}") from None

    def _implicit(self, samples: str, bounds: Any, resolution: float) -> Solid:
        if samples not in self._samples:
            raise ValueError(
                "an Implicit solid is made from a function: build it in Python (files keep it)"
            )
        return Implicit.from_samples(self._samples[samples], bounds, resolution)

    def _refused(self, node: ast.expr) -> ValueError:
        part = ast.get_source_segment(self._text.strip(), node) or self._text
        return ValueError(
            f"{part!r} is not understood: an expression of solids has shapes with numbers, the "
            "operators | & - and .translate .rotate .scale .grow"
        )
