"""How fast the program does its work, beside what one would use otherwise. `make bench`."""
