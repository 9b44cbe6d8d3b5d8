from functools import partial

from playground.labs.vae import LAB
from playground.ui import digit_neighbours, vae_tabs
from playground.ui.own_digits import HELD_OUT, own_digits_button
from playground.ui.stage import stage

EXTRAS = {**vae_tabs.EXTRAS, digit_neighbours.TITLE: digit_neighbours.does_it_copy}

stage(LAB, extras=EXTRAS, sidebar=partial(own_digits_button, measured=HELD_OUT))
