"""Tests of `roomstage bench`."""
