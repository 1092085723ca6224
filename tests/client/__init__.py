"""The client against real servers, and against connections that break."""
