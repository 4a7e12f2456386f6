"""Steps of `bake_hand.py` and `bake_look.py`."""
