"""How the model of feedback was made."""
