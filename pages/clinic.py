from playground.labs.clinic import LAB
from playground.ui import clinic_tabs, tricks_tab
from playground.ui.stage import stage

stage(LAB, extras={clinic_tabs.TITLE: clinic_tabs.consultation, tricks_tab.TITLE: tricks_tab.tricks})
