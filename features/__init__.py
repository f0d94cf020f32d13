"""Audio to numbers: tempo, energy, mode, timbre, and how far each can be trusted."""
