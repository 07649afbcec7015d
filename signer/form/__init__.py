"""The form fields of a drafted file and their font, as plain PDF values that either door can write."""
