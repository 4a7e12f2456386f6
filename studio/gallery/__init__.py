"""All clips at a glance, in the Dataset tab: a grid or a list, searched and filtered, many changed at once."""
