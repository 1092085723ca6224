"""Faults that the service must survive: workers that die, clients that stall, signals."""
