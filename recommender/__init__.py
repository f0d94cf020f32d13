"""Numbers to mood to playlist: pure functions and scikit-learn estimators."""
