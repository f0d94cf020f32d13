"""The ensembles: who plays, what kind of figure each plays, and where they stand."""

from __future__ import annotations

from music_library.demo.arrangement import Layer

# --- soft and dark ---------------------------------------------------------------------------------------------------
FELT_PIANO = (
    Layer("melody", "felt piano", 0, 0.1, 0.3, 0.4, centre=73, plays="ABo", touch=0.42, length=1.1, ringing=True),
    Layer("arpeggio", "felt piano", -6, -0.1, 0.3, 0.4, "02132132", 0.5, 54, 4, "iABo", touch=0.3, ringing=True),
    Layer("bass", "felt piano", -9, -0.2, 0.2, 0.3, "R-------", 0.5, 38, plays="iABo", touch=0.32),
    Layer("chords", "strings", -12, 0, 0.3, 0.5, centre=57, voices=3, plays="ABo", enters=2, touch=0.25),
)
FELT_PIANO_WALTZ = (
    Layer("melody", "felt piano", 0, 0.1, 0.3, 0.35, centre=74, plays="ABo", touch=0.45, length=1.1, ringing=True),
    Layer("chords", "felt piano", -8, -0.1, 0.3, 0.35, ".xx", 1.0, 57, 3, "iAB", touch=0.3, length=0.9),
    Layer("chords", "felt piano", -8, -0.1, 0.3, 0.35, "", 1.0, 57, 3, "o", touch=0.3),
    Layer("bass", "felt piano", -7, -0.2, 0.2, 0.3, "R--", 1.0, 40, plays="iABo", touch=0.36),
    Layer("chords", "warm pad", -14, 0, 0.3, 0.5, centre=60, voices=3, plays="ABo", enters=2, touch=0.3),
)
LAMENT = (
    Layer("melody", "cello", 0, 0.2, 0.1, 0.45, centre=57, plays="ABo", touch=0.42, length=1.02),
    Layer("chords", "strings", -5, -0.1, 0.4, 0.5, centre=56, voices=4, touch=0.28),
    Layer("bass", "strings", -8, 0.3, 0.1, 0.4, "", centre=38, touch=0.3),
    Layer("arpeggio", "harp", -12, -0.4, 0.2, 0.4, "0.1.2.1.", 0.5, 57, 3, "AB", 2, 0.35, ringing=True),
)
HARP_AND_REED = (
    Layer("melody", "flute", 0, 0.15, 0.1, 0.45, centre=71, plays="ABo", touch=0.45, length=0.98),
    Layer("arpeggio", "harp", -5, -0.25, 0.3, 0.4, "01232143", 0.5, 58, 4, "iABo", touch=0.42, ringing=True),
    Layer("bass", "harp", -8, -0.2, 0.1, 0.3, "R---5---", 0.5, 41, plays="iABo", touch=0.45),
    Layer("second voice", "clarinet", -9, 0.4, 0.1, 0.4, centre=64, plays="AB", enters=3, touch=0.35),
)
DARK_CHOIR = (
    Layer("melody", "felt piano", -1, 0.1, 0.2, 0.5, centre=69, plays="ABo", touch=0.4, length=1.1, ringing=True),
    Layer("chords", "humming", -3, 0, 0.3, 0.55, centre=57, voices=4, touch=0.3),
    Layer("bass", "soft organ", -9, 0, 0, 0.4, "", centre=38, touch=0.3),
)
DUSK_KEYS = (
    Layer("melody", "electric piano", 0, 0.15, 0.2, 0.4, centre=70, plays="ABo", touch=0.42, length=1.0, ringing=True),
    Layer("chords", "electric piano", -6, -0.2, 0.2, 0.35, "x-----x-", 0.5, 58, 4, "iABo", touch=0.32),
    Layer("bass", "bass", -5, 0, 0, 0.12, "R-----5-", 0.5, 36, plays="iABo", touch=0.5),
    Layer("chords", "warm pad", -10, 0, 0.3, 0.5, centre=60, voices=3, touch=0.3),
    Layer(
        "drums",
        "",
        -14,
        room=0.2,
        pattern="soft kick:o.......o.......;brush:o...o...o...o...;rim:............o...",
        plays="AB",
        enters=2,
        voices=2,
    ),
)
LONELY_BOX = (
    Layer("melody", "music box", 0, 0.1, 0.3, 0.5, centre=77, plays="iABo", touch=0.4, length=1.2, ringing=True),
    Layer("arpeggio", "music box", -7, -0.1, 0.3, 0.5, "0.1.2.1.", 0.5, 64, 3, "ABo", touch=0.3, ringing=True),
    Layer("chords", "humming", -11, 0, 0.3, 0.5, centre=57, voices=3, plays="ABo", enters=2, touch=0.25),
)
# --- soft and warm ---------------------------------------------------------------------------------------------------
FINGERPICKED = (
    Layer("melody", "guitar", 0, 0.2, 0.2, 0.3, centre=70, plays="ABo", touch=0.5, length=1.1, ringing=True),
    Layer("arpeggio", "guitar", -4, -0.25, 0.2, 0.25, "02132312", 0.5, 57, 4, "iABo", touch=0.4, ringing=True),
    Layer("bass", "guitar", -5, -0.2, 0.1, 0.2, "R---5---", 0.5, 43, plays="iABo", touch=0.48),
    Layer("chords", "warm pad", -14, 0, 0.3, 0.5, centre=60, voices=3, plays="ABo", enters=2, touch=0.3),
)
LULLABY_GUITAR = (
    Layer("melody", "flute", 0, 0.15, 0.1, 0.4, centre=72, plays="ABo", touch=0.4, length=0.98),
    Layer("arpeggio", "guitar", -4, -0.2, 0.3, 0.25, "012321", 0.5, 57, 4, "iABo", touch=0.42, ringing=True),
    Layer("bass", "bass", -6, 0, 0, 0.12, "R--", 1.0, 38, plays="ABo", enters=2, touch=0.42),
)
MORNING_PAD = (
    Layer("melody", "electric piano", 0, 0.1, 0.2, 0.5, centre=74, plays="ABo", touch=0.36, length=1.1, ringing=True),
    Layer("chords", "warm pad", -4, 0, 0.4, 0.5, centre=60, voices=4, touch=0.35),
    Layer("arpeggio", "harp", -9, -0.3, 0.3, 0.5, "0.1.2.3.", 0.5, 62, 4, "ABo", 2, 0.32, ringing=True),
    Layer("bass", "bass", -8, 0, 0, 0.15, "R-------", 0.5, 36, plays="ABo", touch=0.4),
)
WARM_CHOIR = (
    Layer("melody", "felt piano", 0, 0.1, 0.2, 0.5, centre=74, plays="ABo", touch=0.4, length=1.1, ringing=True),
    Layer("chords", "choir", -4, 0, 0.3, 0.55, centre=62, voices=4, touch=0.3),
    Layer("bass", "soft organ", -9, 0, 0, 0.4, "", centre=41, touch=0.3),
    Layer("arpeggio", "harp", -10, -0.3, 0.3, 0.45, "0.1.2.1.", 0.5, 62, 4, "AB", 2, 0.35, ringing=True),
)
PASTORAL = (
    Layer("melody", "clarinet", 0, 0.15, 0.1, 0.4, centre=68, plays="ABo", touch=0.42, length=0.98),
    Layer("chords", "strings", -5, -0.1, 0.4, 0.45, centre=61, voices=4, touch=0.28),
    Layer("bass", "bass", -7, 0.1, 0, 0.2, "R---5---", 0.5, 38, plays="ABo", touch=0.42),
    Layer("arpeggio", "harp", -8, -0.35, 0.2, 0.4, "01232123", 0.5, 60, 4, "iAB", 0, 0.36, ringing=True),
)
SLEEPY_BOX = (
    Layer("melody", "music box", 0, 0.1, 0.3, 0.45, centre=79, plays="ABo", touch=0.4, length=1.2, ringing=True),
    Layer("arpeggio", "harp", -5, -0.15, 0.3, 0.4, "012121", 0.5, 62, 3, "iABo", touch=0.35, ringing=True),
    Layer("bass", "bass", -8, 0, 0, 0.15, "R--", 1.0, 40, plays="ABo", touch=0.38),
)
BRUSHED_TRIO = (
    Layer("melody", "piano", 0, 0.1, 0.3, 0.28, centre=73, plays="ABo", touch=0.5, length=1.0, ringing=True),
    Layer("chords", "piano", -7, -0.15, 0.3, 0.28, "x--x--..", 0.5, 59, 4, "iABo", touch=0.36),
    Layer("bass", "bass", -4, 0.1, 0, 0.1, "R5Ra", 1.0, 38, plays="iABo", touch=0.55, length=0.95),
    Layer(
        "drums",
        "",
        -5,
        room=0.15,
        plays="iAB",
        voices=2,
        pattern="brush:x...o...x...o...;brush tap:....x..o..o.x..o;ride:x...x.o.x...x.o.;soft kick:o...............",
    ),
)
PORCH_GUITAR = (
    *FINGERPICKED[:3],
    Layer("strum", "ukulele", -8, 0.35, 0.2, 0.2, "D.DU.UDU", 0.5, 67, 4, "AB", 2, 0.45, 0.9),
    Layer(
        "drums",
        "",
        -7,
        room=0.15,
        plays="ABo",
        voices=2,
        pattern="soft kick:x.....o.x.......;shaker:xoooxoooxoooxooo;rim:....o.......o..o",
    ),
)
LATE_KEYS = (
    *DUSK_KEYS[:4],
    Layer(
        "drums",
        "",
        -5,
        room=0.2,
        plays="ABo",
        voices=2,
        pattern="soft kick:x.....o.x.......;rim:....x.......x..o;hat:o.o.o.o.o.o.o.oo;brush:x...o...x...o...",
    ),
)
RESTLESS_WALTZ = (
    Layer("melody", "piano", 0, 0.1, 0.3, 0.3, centre=74, plays="ABo", touch=0.5, length=1.05, ringing=True),
    Layer("arpeggio", "piano", -5, -0.15, 0.3, 0.3, "021312", 0.5, 57, 4, "iABo", touch=0.42, ringing=True),
    Layer("bass", "piano", -6, -0.2, 0.2, 0.25, "R--", 1.0, 38, plays="iABo", touch=0.45),
    Layer("chords", "short strings", -9, 0.2, 0.3, 0.35, ".xx", 1.0, 60, 3, "AB", 2, 0.35, 0.6),
)
# --- tense -----------------------------------------------------------------------------------------------------------
IRONWOOD = (
    Layer("melody", "organ", -1, 0.2, 0.1, 0.25, centre=71, plays="AB", touch=0.8, length=0.9),
    Layer("chords", "overdriven guitar", -1, 0, 0.2, 0.12, "XxxxXxxx", 0.5, 47, 2, "iABo", touch=0.8, length=0.8),
    Layer("bass", "synth bass", -3, 0, 0, 0.05, "RRRRRRRa", 0.5, 34, plays="iABo", touch=0.85, length=0.85),
    Layer(
        "drums",
        "",
        -1,
        room=0.15,
        plays="iABo",
        voices=4,
        pattern="kick:X...X.X.X...X.X.;snare:....X.......X..o;hat:xoxoxoxoxoxoxoxo",
    ),
)
STORM_STRINGS = (
    Layer("melody", "brass", 0, 0.25, 0.1, 0.3, centre=64, plays="ABo", touch=0.8, length=0.9),
    Layer("ostinato", "short strings", -1, -0.2, 0.3, 0.3, "0212042402120424", 0.25, 55, plays="iABo", touch=0.75),
    Layer("chords", "short strings", -4, 0.2, 0.3, 0.3, "X..X..X.", 0.5, 60, 4, "AB", touch=0.8, length=0.7),
    Layer("bass", "strings", -6, 0.2, 0, 0.3, "R---R-R-", 0.5, 36, plays="ABo", touch=0.7),
    Layer(
        "drums",
        "",
        2,
        room=0.35,
        plays="iABo",
        voices=4,
        pattern="great drum:X...x.X.X...x.xx;tom:..o...o...o.x.x.;snare:o.oox.ooo.oox.xx",
    ),
)
PIANO_CHASE = (
    Layer("melody", "piano", 0, 0.2, 0.2, 0.2, centre=73, plays="ABo", touch=0.85, length=0.85),
    Layer("double", "piano", -4, 0.2, 0.2, 0.2, centre=61, plays="B", touch=0.85, length=0.8),
    Layer("ostinato", "piano", -2, -0.2, 0.2, 0.2, "02420242", 0.25, 50, plays="iABo", touch=0.75, length=0.9),
    Layer("bass", "synth bass", -3, 0, 0, 0.05, "R.RR.RRa", 0.5, 33, plays="ABo", touch=0.85, length=0.8),
    Layer(
        "drums",
        "",
        -2,
        room=0.15,
        plays="AB",
        voices=4,
        pattern="kick:X..X..X.X..X..X.;snare:....X.......X...;hat:xxxxxxxxxxxxxxxx",
    ),
)
NIGHT_ORGAN = (
    Layer("melody", "organ", 0, 0.1, 0.1, 0.3, centre=72, plays="ABo", touch=0.8, length=0.85),
    Layer("ostinato", "organ", -5, -0.3, 0.2, 0.3, "0420420242042024", 0.25, 57, plays="iABo", touch=0.7, length=0.85),
    Layer("chords", "short strings", -5, 0.3, 0.2, 0.3, "X.xX.xX.", 0.5, 58, 4, "AB", touch=0.8, length=0.8),
    Layer("bass", "synth bass", -3, 0, 0, 0.1, "R-RR-RRa", 0.5, 34, plays="iABo", touch=0.8, length=0.9),
    Layer(
        "drums",
        "",
        -3,
        room=0.2,
        plays="AB",
        voices=4,
        pattern="kick:X...x...X...x...;snare:....X..o....X..o;hat:x.xxx.xxx.xxx.xx",
    ),
)
# --- bright ----------------------------------------------------------------------------------------------------------
STRING_BAND = (
    Layer("melody", "whistle", 0, 0.2, 0.1, 0.2, centre=79, plays="ABo", touch=0.65, length=0.85),
    Layer("second voice", "marimba", -5, -0.3, 0.2, 0.2, centre=69, plays="AB", enters=2, touch=0.7),
    Layer("strum", "ukulele", -3, -0.2, 0.2, 0.12, "DUDUDUDU", 0.5, 67, 4, "iABo", touch=0.7, length=0.95),
    Layer("bass", "bass", -3, 0, 0, 0.08, "R.5.R.5a", 0.5, 40, plays="iABo", touch=0.75, length=0.9),
    Layer(
        "drums",
        "",
        0,
        room=0.12,
        plays="ABo",
        voices=3,
        pattern="kick:X..x..x.X..x..x.;clap:....X.......X...;shaker:xoxoxoxoxoxoxoxo;snare:o.ooo.oxo.ooo.ox",
    ),
)
PARADE = (
    Layer("melody", "brass", 0, 0.15, 0.1, 0.22, centre=71, plays="ABo", touch=0.75, length=0.85),
    Layer("second voice", "clarinet", -4, -0.2, 0.1, 0.22, centre=67, plays="AB", enters=2, touch=0.7, length=0.85),
    Layer("chords", "brass", -7, -0.3, 0.2, 0.2, ".x.x.x.x", 0.5, 60, 3, "iAB", touch=0.6, length=0.55),
    Layer("bass", "brass", -4, 0.3, 0, 0.15, "R.5.R.5.", 0.5, 41, plays="iABo", touch=0.7, length=0.7),
    Layer(
        "drums",
        "",
        -3,
        room=0.15,
        plays="iABo",
        voices=4,
        pattern="kick:x...x...x...x...;snare:o.xxo.x.o.xxoxxx;tambourine:..x...x...x...x.",
    ),
)
MARIMBA_DANCE = (
    Layer("melody", "marimba", 0, 0.15, 0.2, 0.2, centre=76, plays="ABo", touch=0.75),
    Layer("double", "flute", -6, 0.3, 0.1, 0.25, centre=76, plays="AB", enters=3, touch=0.6, length=0.9),
    Layer("arpeggio", "marimba", -5, -0.25, 0.2, 0.2, "0213021302130213", 0.25, 64, 4, "iABo", touch=0.6),
    Layer("strum", "guitar", -6, -0.35, 0.2, 0.15, "D.DUD.DU", 0.5, 60, 4, "ABo", touch=0.6, length=0.9),
    Layer("bass", "bass", -2, 0, 0, 0.08, "R..5.8.5", 0.5, 40, plays="iABo", touch=0.8, length=0.9),
    Layer(
        "drums",
        "",
        0,
        room=0.12,
        plays="iABo",
        voices=4,
        pattern="kick:x..x..x.x..x..x.;rim:..x..x..x..x..x.;shaker:xoxoxoxoxoxoxoxo;snare:....x.......x...",
    ),
)
REEL = (
    Layer("melody", "fiddle", 0, 0.15, 0.1, 0.22, centre=74, plays="ABo", touch=0.7, length=0.9),
    Layer("double", "whistle", -5, -0.2, 0.1, 0.22, centre=86, plays="AB", enters=2, touch=0.6, length=0.85),
    Layer("strum", "guitar", -4, -0.25, 0.2, 0.12, "DUDUDUDU", 0.5, 58, 4, "iABo", touch=0.75, length=0.95),
    Layer("bass", "bass", -3, 0, 0, 0.08, "R.R.5.5.", 0.5, 40, plays="iABo", touch=0.75, length=0.9),
    Layer(
        "drums",
        "",
        0,
        room=0.15,
        plays="ABo",
        voices=3,
        pattern="frame drum:X.oxxoX.oxxoxxox;snare:o.xoo.xoo.xoo.xx;tambourine:..x...x...x...x.",
    ),
)
DANCE_KEYS = (
    Layer("melody", "brass", 0, 0.1, 0.2, 0.2, centre=76, plays="ABo", touch=0.8, length=0.9),
    Layer("double", "bells", -8, 0.2, 0.2, 0.3, centre=88, plays="AB", enters=2, touch=0.6),
    Layer("chords", "electric piano", -4, -0.2, 0.3, 0.15, ".xX..xX.", 0.5, 62, 4, "iABo", touch=0.75, length=0.7),
    Layer("chords", "short strings", -6, 0.2, 0.3, 0.25, "X..x..x.", 0.5, 69, 3, "AB", 2, 0.65, 0.8),
    Layer("arpeggio", "marimba", -4, -0.3, 0.3, 0.2, "0213241302132413", 0.25, 66, 4, "ABo", touch=0.65),
    Layer("bass", "synth bass", -2, 0, 0, 0.05, "R.8.R.8a", 0.5, 36, plays="iABo", touch=0.8, length=0.85),
    Layer(
        "drums",
        "",
        1,
        room=0.1,
        plays="iABo",
        voices=4,
        pattern="kick:X...X...X...X...;snare:o.oxX.oxo.oxX.xx;hat:xoooxoooxoooxooo;open hat:..x...x...x...x.",
    ),
)
UPRIGHT_STOMP = (
    Layer("melody", "piano", 0, 0.15, 0.2, 0.18, centre=76, plays="ABo", touch=0.78, length=0.85),
    Layer("chords", "piano", -5, -0.15, 0.2, 0.15, ".x.x.x.x", 0.5, 62, 4, "iABo", touch=0.65, length=0.6),
    Layer("bass", "bass", -2, 0.1, 0, 0.08, "R35a", 1.0, 40, plays="iABo", touch=0.75, length=0.92),
    Layer("second voice", "clarinet", -6, 0.3, 0.1, 0.2, centre=67, plays="AB", enters=3, touch=0.65, length=0.85),
    Layer(
        "drums",
        "",
        -2,
        room=0.12,
        plays="iABo",
        voices=3,
        pattern="ride:x...x.x.x...x.x.;kick:x.......x.......;snare:....x.......x..o",
    ),
)
