"""Whole exchanges and the store below them."""
