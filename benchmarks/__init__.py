"""How fast, how large and how frugal: us, the peers and the floors on one machine. ``make bench``."""
