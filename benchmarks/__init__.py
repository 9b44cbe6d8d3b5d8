"""What is claimed to be fast, measured: ratios within one run, medians of several. `make bench` runs all of it."""
