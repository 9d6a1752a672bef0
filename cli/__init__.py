"""The command lines: `python -m geo`, `python -m forum`, `mata-air`.

In: arguments, files, a workspace. Out: files, one JSON object on stdout, messages on stderr, an exit code.
It puts the other folders together; nothing imports it.
"""
