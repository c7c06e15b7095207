"""Does the running platform keep its promises? `pytest e2e` breaks it and looks."""
