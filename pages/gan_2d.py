from playground.labs.gan_2d import LAB
from playground.ui import forger
from playground.ui.own_data import draw_points_button
from playground.ui.stage import stage

stage(LAB, extras={forger.TITLE: forger.forger}, sidebar=draw_points_button)
