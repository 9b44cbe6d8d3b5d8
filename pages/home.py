from playground.ui.home import home

home()
