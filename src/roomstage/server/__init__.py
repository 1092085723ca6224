"""The HTTP server: routes, headers and status codes around the models. It knows HTTP only."""
