"""The script that Streamlit runs for every visitor: navigation, then the chosen page."""

from pathlib import Path

import streamlit as st

from playground.labs import LABS

PAGES = Path(__file__).parents[2] / "pages"


def _pages() -> dict[str, list[st.Page]]:
    """Home, then the labs by chapter, in the order of the map. A page's URL is its lab's slug."""
    home = st.Page(PAGES / "home.py", title="Home", default=True)
    pages = {"": [home]}
    for lab in LABS.values():
        page = st.Page(PAGES / f"{lab.slug.replace('-', '_')}.py", title=lab.title, url_path=lab.slug)
        pages.setdefault(lab.chapter, []).append(page)
    return pages


st.set_page_config(page_title="Generative Playground", layout="wide", initial_sidebar_state="auto")
st.navigation(_pages(), position="top").run()
