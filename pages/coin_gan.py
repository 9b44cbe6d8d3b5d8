from playground.labs.coin_gan import LAB
from playground.ui.stage import stage
from playground.ui.toss_game import toss_game

stage(LAB, extras={"Game: which tosses are real?": toss_game})
