"""Pages and doors of the app, a module a noun."""
