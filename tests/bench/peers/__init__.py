"""Programs that set the same letter with other tools, each run as a process of its own.

`python FILE HOW FOLDER` reads the material that `tests.bench.material` wrote into FOLDER, and
leaves PDF files in FOLDER/HOW. Their libraries are those of requirements.txt, which
`make bench-print` installs into an environment of their own.
"""
