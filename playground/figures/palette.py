"""The colour grammar: who a thing belongs to decides its colour and its mark, and nothing else does.

The hues stay apart for a colour-blind reader. Their lightness alone does not carry the meaning, least
of all in the dark theme, so each role also has a mark of its own and each line its name at its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from playground.core import Role

# Marks for points, and hatches for bars ("" is solid): what is left when the colour is gone.
SYMBOLS: Mapping[Role, str] = {
    "real": "circle",
    "generated": "diamond",
    "discriminator": "square",
    "encoder": "triangle-up",
    "theory": "cross-thin",
    "noise": "circle",
}
HATCHES: Mapping[Role, str] = {
    "real": "",
    "generated": "/",
    "discriminator": ".",
    "encoder": "\\",
    "theory": "",
    "noise": "",
}


# Ten colours around a role's own, from dark and blue to light and yellow: that difference every eye sees.
NUMERAL_RANKS = (2, 6, 4, 8, 5, 3, 7, 1, 0, 9)  # digits that look alike (4 9 7, 3 5 8, 1 7) are far apart
RAMP = (0.3, 0.6)  # share of the role's colour in the middle of a field and at its end
NUMERAL_SHARE = 0.62  # of an end, the rest is the role's own colour


@dataclass(frozen=True)
class Theme:
    """One side of the grammar. roles: colour by role; field: looks generated, undecided, looks real."""

    roles: Mapping[Role, str]
    field: tuple[str, str, str]
    band: float  # opacity of the noise floor
    paper: str  # outlines of points; the figure itself has no background
    ink: str
    muted: str
    grid: str
    numeral_ends: tuple[str, str]

    def numerals(self, role: Role) -> tuple[str, ...]:
        """The colour of each digit 0 to 9 that stands for a point."""
        own = _rgb(self.roles[role])
        ends = [_mixed(_rgb(end), own, NUMERAL_SHARE) for end in self.numeral_ends]
        colours = (_mixed(ends[1], ends[0], rank / 9) for rank in NUMERAL_RANKS)
        return tuple("#" + "".join(f"{round(part):02X}" for part in colour) for colour in colours)

    def field_of(self, role: Role) -> tuple[str, str, str]:
        """D's beliefs have two ends; the amount of anything else runs from nothing to a pale colour of its role."""
        if role == "discriminator":
            return self.field
        none, full = _rgb(self.field[1]), _rgb(self.roles[role])
        half, most = ("#" + "".join(f"{round(c):02X}" for c in _mixed(full, none, share)) for share in RAMP)
        return self.field[1], half, most

    def pale(self, role: Role, opacity: float) -> str:
        """A role's colour, see-through."""
        red, green, blue = _rgb(self.roles[role])
        return f"rgba({red}, {green}, {blue}, {opacity:g})"

    @property
    def digits(self) -> tuple[str, str]:
        """From nothing to full ink: dark on a light page, light on a dark one."""
        return self.field[1], self.ink


def _rgb(colour: str) -> list[float]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def _mixed(one: list[float], other: list[float], share: float) -> list[float]:
    """share of the one colour, the rest of the other."""
    return [a * share + b * (1 - share) for a, b in zip(one, other, strict=True)]


LIGHT = Theme(
    roles={
        "real": "#0072B2",
        "generated": "#D55E00",
        "discriminator": "#8E4A97",
        "encoder": "#009E73",
        "theory": "#6B7280",
        "noise": "#6B7280",
    },
    field=("#F3C6AC", "#F5F3EF", "#B9D7EC"),
    band=0.15,
    paper="#FFFFFF",
    ink="#1F2937",
    muted="#5B6472",
    grid="#ECEAE6",
    numeral_ends=("#0B1638", "#CC9000"),
)

DARK = Theme(
    roles={
        "real": "#56B4E9",
        "generated": "#FF9455",
        "discriminator": "#C9A0DC",
        "encoder": "#4CC9A0",
        "theory": "#9CA3AF",
        "noise": "#9CA3AF",
    },
    field=("#5A2F17", "#1E2127", "#143A57"),
    band=0.20,
    paper="#0E1117",
    ink="#E5E7EB",
    muted="#A3ABB8",
    grid="#262A32",
    numeral_ends=("#2F6BE0", "#FFF6C0"),
)
