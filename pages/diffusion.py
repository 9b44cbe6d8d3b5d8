from playground.labs.diffusion import LAB
from playground.ui.diffusion_tabs import EXTRAS
from playground.ui.own_schedule import own_data_and_schedule
from playground.ui.stage import stage

stage(LAB, extras=EXTRAS, sidebar=own_data_and_schedule)
