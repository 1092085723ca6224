"""Bad and odd inputs, with what must come of each: for the library, the CLI and the server."""
