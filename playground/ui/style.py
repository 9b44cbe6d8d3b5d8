"""The few lines of CSS that Streamlit's theme has no setting for."""

import streamlit as st

_CSS = """
<style>
[data-testid="stMainBlockContainer"] { padding: 4.2rem 2rem 3rem; max-width: 1500px; }
[data-testid="stMainBlockContainer"] h1 { font-size: 1.6rem; font-weight: 650; letter-spacing: -0.01em;
  padding: 0.1rem 0 0.2rem; text-wrap: balance; }
[data-testid="stMainBlockContainer"] h3 { font-size: 1.15rem; font-weight: 650; padding: 1rem 0 0; }
[data-testid="stMainBlockContainer"] [data-testid="stPageLink"] a { padding-left: 0; background: none; }
[data-testid="stMainBlockContainer"] [data-testid="stPageLink"] a:hover { text-decoration: underline; }
[data-testid="stSidebarUserContent"] { padding-top: 0.5rem; }
[data-testid="stSidebar"] [data-testid="stVerticalBlock"] { gap: 0.7rem; }
[class*="st-key-live-"] label p::before { content: "bolt"; content: "bolt" / ""; margin-right: 0.25rem;
  font-family: "Material Symbols Rounded"; vertical-align: bottom; }
.st-key-preset-story { min-height: 6.6rem; }
[data-testid="stSidebarHeader"] { height: 2.6rem; min-height: 0; margin: 0; padding-block: 0.4rem; }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding: 4rem 0.8rem 2rem; }
  [data-testid="stMainBlockContainer"] h1 { font-size: 1.3rem; }
  .st-key-score-card table { font-size: 0.78rem; }
  .st-key-score-card :is(th, td) { padding: 0.25rem 0.3rem; }
}
</style>
"""


def tidy() -> None:
    """Less air above, more room for the stage."""
    st.html(_CSS)
