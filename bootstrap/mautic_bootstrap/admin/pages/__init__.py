"""Page objects: one class per page of the admin UI, every selector with its source.

They read and operate pages and never decide anything. All of them are keyed on ids, names and classes, never
on texts, so that a translated UI works alike.
"""
