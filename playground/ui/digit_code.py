"""The functions behind a tab, for who wants to read them."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.ui.reading import source


def code_of(*functions: Any) -> None:
    """Their source, read from the program itself."""
    with st.expander("Code that runs here"):
        for function in functions:
            st.code(source(function), language="python")
