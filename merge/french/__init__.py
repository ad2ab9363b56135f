"""What every letter in French needs: the communes, the grammar of their names, the postal norm,
and maps.

The room is pure: no network, no clock, no environment, and no file but its own data.
"""
