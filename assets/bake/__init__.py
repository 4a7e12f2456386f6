"""Steps of `bake_hand.py`."""
