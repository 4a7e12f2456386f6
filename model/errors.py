"""Errors that tell a user what to do."""


class InputError(ValueError):
    """Bad input: the message is one clear sentence that says what to do."""
