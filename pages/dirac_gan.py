from playground.labs.dirac_gan import LAB
from playground.ui.stage import stage

stage(LAB)
