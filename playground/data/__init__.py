"""What there is to learn: samplers, with exact densities where there are any."""
