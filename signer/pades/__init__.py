"""The one door to pyHanko: everything else in the project speaks of fields, signatures and revisions."""
