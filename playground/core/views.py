"""What is drawn: a View names arrays and scalars of a snapshot and says as which Layers to draw them.

A view is declared once and drawn by two renderers: the live canvas of the app and the Plotly figures
of notebooks, export and inspection. Where a field below says "array" or "scalar" it is the name under
which the snapshot holds it; a number stands for itself.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, Self

# Who a thing belongs to; the colour follows from it, and from nothing else.
Role = Literal["real", "generated", "discriminator", "encoder", "theory", "noise"]
Number = float | str  # a constant, or the name of a scalar
WORDS = ("label", "role", "off", "categories", "axis")  # fields of layers that never hold such names


@dataclass(frozen=True)
class Axis:
    """One axis. A bound left out follows the data; a soft one gives way to data beyond it."""

    label: str = ""
    low: Number | None = None
    high: Number | None = None
    unit: str = ""
    log: bool = False
    soft: bool = False
    numbers: bool = True  # written along it; without them only places are compared


@dataclass(frozen=True)
class Layer:
    """Something drawn in a view. The label is its entry in the legend and its name in read-outs."""

    label: str
    role: Role
    off: bool = field(default=False, kw_only=True)  # where layers can be switched: not shown at first

    def names(self) -> tuple[str, ...]:
        """The arrays it needs from a snapshot."""
        return ()

    def scalars(self) -> tuple[str, ...]:
        """The scalars it needs from a snapshot or from the history."""
        return ()

    def prefixed(self, prefix: str) -> Self:
        """The same layer of arrays and scalars whose names begin with `prefix`."""
        named = {*self.names(), *self.scalars()}
        return replace(self, **{f.name: _prefixed(getattr(self, f.name), named, prefix) for f in self._naming()})

    def _naming(self) -> list[Any]:
        """The fields that can hold names of arrays and scalars."""
        return [f for f in fields(self) if f.name not in WORDS]


@dataclass(frozen=True)
class Points(Layer):
    """Points in the plane. at: array (n, 2). Real ones are circles, generated ones diamonds."""

    at: str
    hollow: bool = False  # outlines that stand around other points

    def names(self) -> tuple[str, ...]:
        return (self.at,)


@dataclass(frozen=True)
class Field(Layer):
    """A heat map of values in [0, 1]. values: array (rows, columns), row 0 at the bottom.

    The discriminator's is what it believes, from generated to real; any other one is how much there is of something.
    """

    values: str
    extent: tuple[Number, Number, Number, Number]  # x from, x to, y from, y to

    def names(self) -> tuple[str, ...]:
        return (self.values,)

    def scalars(self) -> tuple[str, ...]:
        return tuple(edge for edge in self.extent if isinstance(edge, str))


@dataclass(frozen=True)
class Contour(Layer):
    """Lines along which a field has the given values. values, extent: as for Field, but of any size."""

    values: str
    extent: tuple[Number, Number, Number, Number]
    levels: tuple[float, ...]

    def names(self) -> tuple[str, ...]:
        return (self.values,)

    def scalars(self) -> tuple[str, ...]:
        return tuple(edge for edge in self.extent if isinstance(edge, str))


@dataclass(frozen=True)
class Curve(Layer):
    """A line through (x, y). x, y: arrays (n,). NaN in y lifts the pen; thin: of many that run side by side."""

    x: str
    y: str
    dashed: bool = False
    thin: bool = False

    def names(self) -> tuple[str, ...]:
        return (self.x, self.y)


@dataclass(frozen=True)
class Bars(Layer):
    """Bars over named categories; layers of one view stand side by side. heights: array (len(categories),)."""

    heights: str
    categories: tuple[str, ...]

    def names(self) -> tuple[str, ...]:
        return (self.heights,)


@dataclass(frozen=True)
class Histogram(Layer):
    """Touching bars over a numeric axis, translucent, so that two can share a view. edges: (n + 1,), heights: (n,)."""

    edges: str
    heights: str

    def names(self) -> tuple[str, ...]:
        return (self.edges, self.heights)


@dataclass(frozen=True)
class Arrows(Layer):
    """Arrows. at, by: arrays (n, 2). One of length 1 is drawn `stretch` data units long; the key shows true lengths."""

    at: str
    by: str
    stretch: Number = 1.0

    def names(self) -> tuple[str, ...]:
        return (self.at, self.by)

    def scalars(self) -> tuple[str, ...]:
        return (self.stretch,) if isinstance(self.stretch, str) else ()


@dataclass(frozen=True)
class Mesh(Layer):
    """A grid carried through a map. nodes: array (rows, columns, 2); shade: array (rows - 1, columns - 1) in [0, 1]."""

    nodes: str
    shade: str = ""  # how strongly each cell is filled

    def names(self) -> tuple[str, ...]:
        return (self.nodes, self.shade) if self.shade else (self.nodes,)


@dataclass(frozen=True)
class Numerals(Layer):
    """Points drawn as the digit that each stands for. at: array (n, 2); digits: array (n,) of whole numbers 0 to 9."""

    at: str
    digits: str

    def names(self) -> tuple[str, ...]:
        return (self.at, self.digits)


@dataclass(frozen=True)
class Handle(Layer):
    """A point that the learner moves, which calls `Trainer.place(at, x, y)`. at: array (1, 2), where it is.

    It is dragged, or moved with the arrow keys; one that follows goes wherever the pointer is in the panel. It stays
    within the axes and does not widen them: give them bounds, or points to follow.
    """

    at: str
    follows: bool = False

    def names(self) -> tuple[str, ...]:
        return (self.at,)


@dataclass(frozen=True)
class Digits(Layer):
    """Small grey images in rows, under the label if a view has several. images: (n, height, width) in [0, 1]."""

    images: str
    columns: int = 8

    def names(self) -> tuple[str, ...]:
        return (self.images,)


@dataclass(frozen=True)
class Series(Layer):
    """A scalar over the iterations of the run."""

    y: str

    def scalars(self) -> tuple[str, ...]:
        return (self.y,)


@dataclass(frozen=True)
class Trail(Layer):
    """Two scalars against each other over the run, with a head where it is now."""

    x: str
    y: str

    def scalars(self) -> tuple[str, ...]:
        return (self.x, self.y)


@dataclass(frozen=True)
class Rule(Layer):
    """A dashed line across the view where x or y has the given value."""

    at: Number
    axis: Literal["x", "y"] = "y"

    def scalars(self) -> tuple[str, ...]:
        return (self.at,) if isinstance(self.at, str) else ()


@dataclass(frozen=True)
class Band(Layer):
    """A pale band across the view between two values of x or y."""

    low: Number
    high: Number
    axis: Literal["x", "y"] = "y"

    def scalars(self) -> tuple[str, ...]:
        return tuple(edge for edge in (self.low, self.high) if isinstance(edge, str))


@dataclass(frozen=True)
class View:
    """One picture of the stage. Layers are drawn in the order given."""

    name: str
    title: str
    caption: str  # what to look for, in one sentence; also the figure's text alternative
    layers: tuple[Layer, ...]
    x: Axis = Axis()
    y: Axis = Axis()
    column: str = "side"  # "world", the large one, or "side"; of runs side by side, the letter of its lane
    wide: bool = True  # takes the whole width of its column
    equal: bool = False  # one unit is as long in x as in y
    switches: bool = False  # the learner can switch each layer on and off
    scene: str = ""  # the set of panels it belongs to, of which one is shown at a time; without a name, to all
    when: tuple[str, tuple[bool | float | str, ...]] | None = None  # (setting, its values) that it is shown with
    link: str = ""  # pictures with the same link share their axes

    def names(self) -> set[str]:
        return {name for layer in self.layers for name in layer.names()}

    def scalars(self) -> set[str]:
        bounds = (self.x.low, self.x.high, self.y.low, self.y.high)
        named = {bound for bound in bounds if isinstance(bound, str)}
        return named | {name for layer in self.layers for name in layer.scalars()}

    def followed(self) -> set[str]:
        """The scalars whose history it draws."""
        return {name for layer in self.layers if isinstance(layer, Series | Trail) for name in layer.scalars()}

    def prefixed(self, prefix: str) -> View:
        """The same view of arrays and scalars whose names begin with `prefix`."""

        def of(axis: Axis) -> Axis:
            bounds = {b for b in (axis.low, axis.high) if isinstance(b, str)}
            return replace(axis, low=_prefixed(axis.low, bounds, prefix), high=_prefixed(axis.high, bounds, prefix))

        layers = tuple(layer.prefixed(prefix) for layer in self.layers)
        when = self.when and (prefix + self.when[0], self.when[1])
        return replace(self, name=prefix + self.name, layers=layers, x=of(self.x), y=of(self.y), when=when)

    def declaration(self) -> dict[str, Any]:
        """Plain JSON for the live canvas; each layer's `kind` is its class's name."""
        plain = asdict(self)
        for layer, words in zip(self.layers, plain["layers"], strict=True):
            words["kind"] = type(layer).__name__
        return plain


def _prefixed(value: Any, names: set[str], prefix: str) -> Any:
    if isinstance(value, tuple):
        return tuple(_prefixed(part, names, prefix) for part in value)
    return prefix + value if isinstance(value, str) and value in names else value
