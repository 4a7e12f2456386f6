"""How a hand goes to a face and back: patterns as data, reach, pose, reaction."""
