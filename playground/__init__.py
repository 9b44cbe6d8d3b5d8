"""Generative Playground: watch generative models learn, one step at a time.

The library under the app. In a notebook:

    from playground.labs import LABS
    lab = LABS["coin-gan"]
    for snapshot in lab.trainer(lab.config(p=0.7)).run():
        ...
"""

__version__ = "0.1.0"
