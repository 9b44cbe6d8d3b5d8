from playground.core import Lab
from playground.labs.diffusion_digits import LAB
from playground.ui import digit_guidance, digit_neighbours, digit_samplers
from playground.ui.own_digits import own_digits_button
from playground.ui.own_schedule import draw_schedule_button
from playground.ui.stage import stage

OWN = "Nobody says which digit each of them is: no labels, no guidance. FD compares with one half of them."


def sidebar(lab: Lab) -> None:
    own_digits_button(lab, OWN)
    draw_schedule_button(lab)


EXTRAS = {
    digit_samplers.TITLE: digit_samplers.samplers,
    digit_guidance.TITLE: digit_guidance.guidance,
    digit_neighbours.TITLE: digit_neighbours.does_it_copy,
}

stage(LAB, extras=EXTRAS, sidebar=sidebar)
