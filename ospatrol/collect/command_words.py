"""Commands of policies as words: at spaces, with double quotes and backslashes, and nothing else."""

from __future__ import annotations


def split_command(text: str) -> tuple[str, ...]:
    r"""The words of a command as it is executed, without a shell.

    A backslash takes the next character as it is, within double quotes too. A quote that is never closed lasts to the
    end. Single quotes mean nothing.

    Args:
        text: As a policy writes it.
    """
    words: list[str] = []
    word = ""
    begun = quoting = False
    letters = iter(text)
    for char in letters:
        if char == " " and not quoting:
            if begun:
                words.append(word)
            word, begun = "", False
        elif char == '"':
            # an opening quote at the very end begins no word
            quoting, begun = not quoting, begun or quoting or word != ""
        elif char == "\\":
            following = next(letters, "")
            word, begun = word + following, begun or following != ""
        else:
            word, begun = word + char, True
    if begun:
        words.append(word)
    return tuple(words)
