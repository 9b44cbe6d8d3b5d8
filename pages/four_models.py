from playground.labs.four_models import LAB
from playground.ui import score_card
from playground.ui.own_data import draw_points_button
from playground.ui.stage import stage

stage(LAB, extras={score_card.TITLE: score_card.score_card}, sidebar=draw_points_button)
