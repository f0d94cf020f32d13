"""The web door: composes stores, routes, middleware and pages into one application."""
