"""Diffusion on digits: `code.py` makes them short, `network.py` finds them in noise, `trainer.py` trains both.

`measuring.py` asks the reader how good they are, `looking.py` has what is seen of them, `train.py` made the weights
that `pretrained.py` begins with.
"""
