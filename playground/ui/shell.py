"""The script that Streamlit runs for every visitor: navigation, then the chosen page."""

import streamlit as st

from playground.labs import LABS
from playground.ui.home import PAGES, chapters, page


def _pages() -> dict[str, list[st.Page]]:
    """Home, then the labs by chapter. A page's URL is its lab's slug."""
    pages = {"": [st.Page(PAGES / "home.py", title="Home", default=True)]}
    for chapter, labs in chapters(LABS).items():
        pages[chapter] = [st.Page(page(lab), title=lab.title, url_path=lab.slug) for lab in labs]
    return pages


st.set_page_config(page_title="Generative Playground", layout="wide", initial_sidebar_state="auto")
st.navigation(_pages(), position="top").run()
