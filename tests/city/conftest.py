"""Fixtures of this folder."""

from tests.city.cluster import private_cluster

__all__ = ["private_cluster"]
