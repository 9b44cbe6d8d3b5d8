from playground.labs.critic import LAB
from playground.ui.stage import stage

stage(LAB)
