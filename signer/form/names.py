"""The names of the form fields of a drafted file."""

LAYER_1, LAYER_2 = "layer1", "layer2"

TEXT_FIELDS = frozenset({"number", "date", "day", "month", "year"})
"""The names that text fields may have; each only where the layout needs it."""

DATE_PARTS = ("day", "month", "year")
"""The names of the date's fields where the layout leaves each part a blank of its own."""
