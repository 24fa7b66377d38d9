"""What others have written, made fit to be shown in a line."""


def printable(told: str) -> str:
    """Put a space in place of each character that is a command to a terminal, or has no place in XML.

    Parameters
    ----------
    told : str
        By a benchmark, a release or a user.

    Returns
    -------
    str
        One line of the same length.
    """
    return "".join(char if char.isprintable() else " " for char in told)
