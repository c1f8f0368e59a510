"""Torture: runs are killed, doubled and shaken, and afterwards nothing may be paid twice, lost or different.

``python -m torture --help``; ``make torture``. Everything runs against sandboxes on this machine.
"""
