from functools import partial

from playground.labs.mnist_gan import LAB
from playground.ui import digit_neighbours
from playground.ui.digit_tabs import EXTRAS
from playground.ui.own_digits import HALVED, own_digits_button
from playground.ui.stage import stage

stage(
    LAB,
    extras={digit_neighbours.TITLE: digit_neighbours.does_it_copy, **EXTRAS},
    sidebar=partial(own_digits_button, measured=HALVED),
)
