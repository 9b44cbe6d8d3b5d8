from playground.labs.wgan_vs_gan import LAB
from playground.ui import race_cost, stop_game
from playground.ui.stage import stage

stage(LAB, extras={stop_game.TITLE: stop_game.stop_game, race_cost.TITLE: race_cost.race_cost})
