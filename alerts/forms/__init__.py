"""The forms of the pages that show lateness."""
