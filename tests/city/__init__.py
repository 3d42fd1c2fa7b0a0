"""Several processes on one store, as a city runs them: killed, restarted, cut off, upgraded."""
