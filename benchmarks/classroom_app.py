"""The app with one more address, by which a benchmark makes runs without a browser each."""

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

import app as product
from playground.labs import LABS
from playground.runtime import registry
from playground.ui.socket import routes


async def make(request: Request) -> JSONResponse:
    lab = LABS["coin-gan"]
    run = registry().make(lab, lab.config(seed=int(request.query_params["seed"])), owner=request.query_params["seed"])
    return JSONResponse({"token": run.token})


app = st.App(product.SHELL, routes=[*routes(), Route("/make", make)], lifespan=product.training)
