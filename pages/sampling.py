from playground.labs.sampling import LAB
from playground.ui.stage import stage

stage(LAB)
