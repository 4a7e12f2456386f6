"""Formats that labels come from and go to, a file a format. Readers give an `Entry` or a `Problem` a row."""
