"""From a simulation to pictures: raster, light, the deformed photo, the hand, the composite."""
