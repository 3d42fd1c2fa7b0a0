"""Dialogue files: scenes in Chinese that are played through the real engine with a frozen clock."""
