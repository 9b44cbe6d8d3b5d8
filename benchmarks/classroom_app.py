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
    lab, seed = LABS[request.query_params["lab"]], request.query_params["seed"]
    run = registry().make(lab, lab.config(seed=int(seed)), owner=seed)
    return JSONResponse({"token": run.token})


app = st.App(product.SHELL, routes=[*routes(), Route("/make", make)], lifespan=product.training)
