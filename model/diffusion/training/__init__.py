"""Training: data sets as the network sees them, losses, runs."""
