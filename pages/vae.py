from playground.labs.vae import LAB
from playground.ui.stage import stage

stage(LAB)
