"""A suite as scikit-learn's documentation of its own asv suite describes one; it knows nothing of breakeven."""
