import streamlit as st

st.title("Generative Playground")
