"""Import this before workers start: it loads librosa and builds the matrices, once for all of them.

Where numba's cache is still empty, as at the first scan on a machine, librosa compiles for half a minute of CPU. In a
worker that would count against the time of the first recording, which is then given up though nothing is wrong with it.
"""

from __future__ import annotations

from features.spectrum import mel_frequencies, mel_matrix

mel_matrix()
mel_frequencies()
