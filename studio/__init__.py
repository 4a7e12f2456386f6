"""The app: one module a tab."""
