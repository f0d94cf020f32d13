"""Folders and tag files to a catalogue of tracks; the jobs that cross rooms; playlist files out."""
