from playground.core import Lab
from playground.labs.vae import LAB
from playground.ui import digit_neighbours, vae_path, vae_tabs
from playground.ui.own_digits import HELD_OUT, own_digits_button
from playground.ui.stage import stage

EXTRAS = {**vae_tabs.EXTRAS, digit_neighbours.TITLE: digit_neighbours.does_it_copy}


def sidebar(lab: Lab) -> None:
    vae_path.remember_run(lab)
    own_digits_button(lab, HELD_OUT)


stage(LAB, extras=EXTRAS, sidebar=sidebar)
