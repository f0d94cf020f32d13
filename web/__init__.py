"""Pages: the clinician's, the listening room, sign-in and the audio route."""
