"""Tests of fetching, room keeping and picture sources."""
