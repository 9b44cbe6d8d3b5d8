from playground.labs.four_models import LAB
from playground.ui import model_maps, score_card
from playground.ui.own_data import draw_points_button
from playground.ui.stage import stage

stage(
    LAB,
    extras={score_card.TITLE: score_card.score_card, model_maps.TITLE: model_maps.model_maps},
    sidebar=draw_points_button,
)
