"""Free touches and near misses: clips with exact truth from which the pre-labeller learns what a touch looks like."""
