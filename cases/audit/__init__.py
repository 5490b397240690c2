"""Sealing the record, and proving that nobody has changed it since."""
