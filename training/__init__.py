"""How the models that the package carries were made. Not installed; run from a checkout."""
