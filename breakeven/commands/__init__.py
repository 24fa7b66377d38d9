"""One file a command: words of the command line become one call below, whose result is printed.

In: arguments as typed. Out: text, files that were asked for, an exit status.
"""
