from playground.labs.vae import LAB
from playground.ui import vae_tabs
from playground.ui.stage import stage

stage(LAB, extras=vae_tabs.EXTRAS)
