"""The first page: what this is about, the map of the labs, and where to begin."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from playground.core import Lab
from playground.labs import LABS
from playground.ui import thumbnails
from playground.ui.controls import arrived
from playground.ui.style import tidy
from playground.ui.watch import still

PAGES = Path(__file__).parents[2] / "pages"
WORDS = """
A generative model looks at examples and learns to make new ones: the next toss of a coin, the next point, the next
digit. It never sees the rule behind the examples; it only gets to know how well it imitates them. Here you watch that
happen step by step, turn the knobs while it learns, and compare what it found with what is exactly known.
"""
BEGIN = "coin-gan"


def page(lab: Lab) -> Path:
    return PAGES / f"{lab.slug.replace('-', '_')}.py"


def home() -> None:
    tidy()
    arrived("home")
    with st.container(width=820):
        st.title("Watch generative models learn")
        st.markdown(WORDS)
        first = LABS[BEGIN]
        st.markdown(f"**Begin with the {first.title}**, press Play, and read the sentence below the picture.")
        if st.button(f"Open the {first.title}", type="primary", icon=":material/arrow_forward:"):
            st.switch_page(page(first))
    for chapter, labs in chapters(LABS).items():
        st.subheader(chapter)
        for lab in labs:
            _row(lab)


def chapters(labs: Mapping[str, Lab]) -> dict[str, list[Lab]]:
    found: dict[str, list[Lab]] = {}
    for lab in labs.values():
        found.setdefault(lab.chapter, []).append(lab)
    return found


def _row(lab: Lab) -> None:
    """A lab, and a card for each of its first presets."""
    shown, left = thumbnails.presets(lab), len(lab.presets) - thumbnails.PRESETS
    st.page_link(page(lab), label=f"**{lab.title}**")
    st.markdown(lab.summary)  # beside the link it would be cut off on a phone
    with st.grid(columns=3, min_column_width=280, gap="medium"):
        for name in shown:
            preset = lab.settings[name]
            with st.container(border=True, height="stretch"):
                still(lab.thumbnail, thumbnails.frame(lab.slug, name), key=f"home/{lab.slug}/{name}")
                # the seed makes the link say something even where nothing differs from the recommended settings
                asked = preset.config.query() or {"seed": str(preset.config.default("seed"))}
                st.page_link(page(lab), label=f"**{name}**", query_params=asked)
                st.caption(preset.shows)
    more = f" {left} more settings to begin with are on its page." if left > 0 else ""
    st.caption(f"{lab.thumbnail.title}: {lab.thumbnail.caption}{more}")
