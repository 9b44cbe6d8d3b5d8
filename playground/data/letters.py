"""Letters and digits as pen strokes, so that a word can be a distribution in the plane.

A glyph stands on a grid 4 wide and 6 high. Each stroke is a row of grid points, x and y as one digit each,
joined by straight lines: "00 06 40" goes from the lower left corner to the upper left and down to the right.
"""

from __future__ import annotations

import numpy as np

WIDTH, HEIGHT, GAP = 4, 6, 2  # of a glyph on its grid, and between two glyphs
WIDEST, TALLEST = 2.4, 1.8  # of a word in the plane
LONGEST = 8  # letters in a word

GLYPHS = {
    "A": "00 04 26 44 40, 03 43",
    "B": "00 06 36 45 44 33 03, 33 42 41 30 00",
    "C": "45 36 16 05 01 10 30 41",
    "D": "00 06 26 44 42 20 00",
    "E": "46 06 00 40, 03 33",
    "F": "46 06 00, 03 33",
    "G": "45 36 16 05 01 10 30 41 43 23",
    "H": "00 06, 40 46, 03 43",
    "I": "20 26, 10 30, 16 36",
    "J": "26 46 41 30 10 01",
    "K": "00 06, 46 03 40",
    "L": "06 00 40",
    "M": "00 06 23 46 40",
    "N": "00 06 40 46",
    "O": "10 01 05 16 36 45 41 30 10",
    "P": "00 06 36 45 44 33 03",
    "Q": "10 01 05 16 36 45 41 30 10, 22 40",
    "R": "00 06 36 45 44 33 03, 23 40",
    "S": "45 36 16 05 04 13 33 42 41 30 10 01",
    "T": "06 46, 26 20",
    "U": "06 01 10 30 41 46",
    "V": "06 20 46",
    "W": "06 10 23 30 46",
    "X": "00 46, 06 40",
    "Y": "06 23 46, 23 20",
    "Z": "06 46 00 40",
    "0": "10 01 05 16 36 45 41 30 10, 12 34",
    "1": "05 26 20, 00 40",
    "2": "05 16 36 45 44 00 40",
    "3": "05 16 36 45 44 33 42 41 30 10 01, 13 33",
    "4": "30 36 02 42",
    "5": "46 06 03 33 42 41 30 00",
    "6": "45 36 16 05 01 10 30 41 42 33 03",
    "7": "06 46 10",
    "8": "13 04 05 16 36 45 44 33 13 02 01 10 30 41 42 33",
    "9": "01 10 30 41 45 36 16 05 04 13 43",
}
LETTERS = "".join(GLYPHS) + "".join(GLYPHS)[:26].lower()  # what may be typed; small letters are drawn as capitals


def pen_strokes(word: str) -> list[np.ndarray]:
    """The strokes of a word, centred at 0, within `WIDEST` by `TALLEST`. Each is a row of points, (k, 2)."""
    if not 0 < len(word) <= LONGEST or not set(word) <= set(LETTERS):
        raise ValueError(f"A word has 1 to {LONGEST} letters out of A-Z and 0-9.")
    rows = [
        np.array([(int(at[0]) + place * (WIDTH + GAP), int(at[1])) for at in stroke.split()], dtype=float)
        for place, letter in enumerate(word.upper())
        for stroke in GLYPHS[letter].split(",")
    ]
    points = np.concatenate(rows)
    low, size = points.min(0), np.ptp(points, 0)
    return [(row - low - size / 2) * scale(word) for row in rows]


def scale(word: str) -> float:
    """The length of one step of the grid in the plane: shorter in a longer word."""
    return min(WIDEST / (len(word) * (WIDTH + GAP) - GAP), TALLEST / HEIGHT)
