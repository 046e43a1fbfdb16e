"""Make long AI videos by extending, pay once, and keep the lineage of every video."""

__version__ = "0.1.0"
