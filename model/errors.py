"""Errors that tell a user what to do."""

Box = tuple[float, float, float, float]  # x0, y0, x1, y1 px


class InputError(ValueError):
    """Bad input: the message is one clear sentence that says what to do; `place` is where in the photo it lies."""

    def __init__(self, message: str, place: Box | None = None) -> None:
        super().__init__(message)
        self.place = place
