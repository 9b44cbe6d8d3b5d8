from playground.labs.sampling import LAB
from playground.ui.own_samples import draw_own
from playground.ui.sampling_tabs import moved, sorted_models, surfaced
from playground.ui.stage import stage

stage(LAB, extras={"Maps": moved, "Surface": surfaced, "Which model can do what?": sorted_models}, sidebar=draw_own)
