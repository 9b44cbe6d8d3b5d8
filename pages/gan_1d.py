from playground.labs.gan_1d import LAB
from playground.ui.own_data import draw_density_button
from playground.ui.stage import stage

stage(LAB, sidebar=draw_density_button)
