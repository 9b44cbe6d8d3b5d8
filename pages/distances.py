from playground.labs.distances import LAB
from playground.ui import distance_table
from playground.ui.stage import stage

stage(LAB, extras={distance_table.TITLE: distance_table.values})
