"""plan, check, deliver, pace: the deep calls that everything above uses.

This room knows protocols (`ports`), never adapters: `merge.app` hands it the real ones.
"""
