"""Sends requests on threads of their own, and turns the bodies that arrive into files."""
