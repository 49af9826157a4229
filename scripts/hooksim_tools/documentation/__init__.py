"""Checks that the README and the pages of docs/ are correct."""
