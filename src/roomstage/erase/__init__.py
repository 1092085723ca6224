"""Takes a piece out of a room."""
