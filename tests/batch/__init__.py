"""Catalogues: lists of rooms and products, staged to a folder."""
