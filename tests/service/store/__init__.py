"""Tests of what outlives a request, on SQLite and on PostgreSQL."""
