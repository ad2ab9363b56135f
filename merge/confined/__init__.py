"""Work on a stranger's file, in a process of its own that cannot take the computer with it.

`helpers` has what asks, `child` is the process, `limits` what it may use, `plain` how it answers.
"""
