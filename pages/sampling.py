from playground.labs.sampling import LAB
from playground.ui.own_data import draw_density_button
from playground.ui.own_samples import click_points_button
from playground.ui.sampling_tabs import moved, sorted_models, surfaced
from playground.ui.stage import stage

stage(LAB, extras={"Maps": moved, "Surface": surfaced, "Which model can do what?": sorted_models})
draw_density_button(LAB)
click_points_button(LAB)
