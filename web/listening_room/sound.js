// The sound graph: two decks (an <audio> element each), a gain for the match and the fade of each, then
//   deck -> match -> fade --+--> level -> gate -> analyser -> speakers
// Levels are gains, never element.volume: iOS ignores that one.
const STOP_S = 0.15;
const STEP_DB = 3;
const QUIETEST_DB = -42;
const HEADROOM_DB = 3.02; // two full-scale peaks that cross at equal power
const FADE_STEPS = 32;
const CHECK_MS = 1000;
const STUCK_MS = 12000; // so long nothing may move before it counts as not playing

const amplitude = (db) => 10 ** (db / 20);

// A quarter of a sine in and of a cosine out: the powers of two songs that cross always add up to one. Close to the limit
// their squares, whose amplitudes add up to one, so that two peaks together stay below the ceiling of each.
function fadeCurve(to, start, isNearLimit) {
  return Array.from({ length: FADE_STEPS + 1 }, (_, i) => {
    const turn = (Math.PI / 2) * (i / FADE_STEPS);
    const part = (to ? Math.sin(turn) : Math.cos(turn)) ** (isNearLimit ? 2 : 1);
    return to ? part : start * part;
  });
}

class Sound {
  constructor(settings, tracks, told) {
    this.settings = settings;
    this.tracks = tracks;
    this.told = told; // told(what, track): "near_end", "ended", "missing", "interrupted", "no_sound"
    this.levelDb = settings.start_db;
    this.decks = [];
    this.now = null;
    this.kept = new Map();
  }

  // Browsers allow sound only after a touch, and iOS only in the touch itself: call this from a press.
  unlock() {
    if (!this.context) {
      // An iPhone whose switch is on silent would else be silent here too, and Stop the only sign of music.
      if (navigator.audioSession) navigator.audioSession.type = "playback";
      this.context = new (window.AudioContext || window.webkitAudioContext)();
      this.level = this.context.createGain();
      this.gate = this.context.createGain();
      this.analyser = this.context.createAnalyser();
      this.level.gain.value = amplitude(this.levelDb);
      this.gate.gain.value = 0;
      this.level.connect(this.gate).connect(this.analyser).connect(this.context.destination);
      this.decks = [this.deck(), this.deck()];
      // A call, another app or a lost loudspeaker took the sound away (iOS says so here and nowhere else).
      this.context.addEventListener("statechange", () => {
        if (this.context.state !== "running" && this.now) this.told("interrupted", this.now.track);
      });
      setInterval(() => this.check(), CHECK_MS);
    }
    if (this.context.state !== "running") this.context.resume()?.catch(() => {});
  }

  deck() {
    const element = new Audio();
    element.preload = "auto";
    element.load(); // in the touch: what was touched may later play by itself, as when songs cross over on iOS
    const deck = { element, track: null, match: this.context.createGain(), fade: this.context.createGain() };
    deck.fade.gain.value = 0;
    this.context.createMediaElementSource(element).connect(deck.match).connect(deck.fade).connect(this.level);
    element.addEventListener("timeupdate", () => this.watch(deck));
    element.addEventListener("ended", () => this.end(deck, "ended"));
    element.addEventListener("error", () => this.end(deck, "missing"));
    element.addEventListener("pause", () => {
      if (deck === this.now && !element.ended && !deck.paused) this.told("interrupted", deck.track);
    });
    return deck;
  }

  watch(deck) {
    if (deck !== this.now || deck.told) return;
    const { currentTime, duration } = deck.element;
    if (deck.until && currentTime >= deck.until) this.end(deck, "near_end");
    else if (duration - currentTime <= this.settings.cross_fade_s) this.end(deck, "near_end");
  }

  // A song says at most that its end is near, and then that it ended or cannot be played.
  end(deck, what) {
    if (deck !== this.now || (deck.told && (what === "near_end" || deck.told !== "near_end"))) return;
    deck.told = what;
    this.told(what, deck.track);
  }

  // A network that is silent says neither that a song ended nor that it cannot be played; nor does a device without sound.
  check() {
    const [deck, now] = [this.now, performance.now()];
    const at = deck?.element.currentTime;
    // A page that slept has missed its checks, and waits anew.
    if (!deck || (deck.told && deck.told !== "near_end") || at !== deck.seen || now - this.checked > 3 * CHECK_MS) Object.assign(deck || {}, { seen: at, since: now });
    else if (now - deck.since > STUCK_MS) this.end(deck, this.context.state === "running" ? "missing" : "no_sound");
    this.checked = now;
  }

  address(track) {
    return this.kept.get(track) || "/room/audio/" + encodeURIComponent(track);
  }

  async play(track, { from = 0, fade = this.settings.fade_in_s, forS = 0, quieterDb = 0 } = {}) {
    try {
      this.unlock();
    } catch {
      this.context = null;
      return void setTimeout(() => this.told("no_sound", track)); // nothing here can be heard
    }
    const before = this.now;
    const deck = this.decks.find((one) => one !== before) || this.decks[0];
    const { element } = deck;
    Object.assign(deck, { track, told: "", paused: false, until: forS ? from + forS : 0, seen: null });
    const address = this.address(track);
    // One that failed plays no more until it is fetched again.
    if (element.error || element.getAttribute("src") !== address) element.src = address;
    this.now = deck;
    deck.match.gain.value = amplitude((this.tracks[track]?.gain_db ?? 0) - quieterDb);
    this.open();
    this.ramp(deck, 1, fade);
    if (before) this.leave(before, fade);
    try {
      if (from || element.currentTime) element.currentTime = from;
      await element.play();
    } catch (error) {
      // A play() that another touch overtook is no failure, nor is one that Stop cut short.
      if (error.name !== "AbortError") this.end(deck, "missing");
    }
  }

  open() {
    const { gain } = this.gate;
    gain.cancelScheduledValues(this.context.currentTime);
    gain.setValueAtTime(1, this.context.currentTime);
  }

  ramp(deck, to, seconds) {
    const { gain } = deck.fade;
    const at = this.context.currentTime;
    const steps = fadeCurve(to, gain.value, this.levelDb > this.settings.limit_db - HEADROOM_DB);
    const length = Math.max(seconds, 0.02);
    gain.cancelScheduledValues(at);
    // In steps and not as one curve: Firefox lets nothing come in the middle of a curve, not even another song.
    gain.setValueAtTime(steps[0], at);
    steps.forEach((part, i) => i && gain.linearRampToValueAtTime(part, at + (i * length) / FADE_STEPS));
  }

  leave(deck, seconds) {
    this.ramp(deck, 0, seconds);
    const { track } = deck;
    setTimeout(() => {
      if (deck !== this.now && deck.track === track) this.rest(deck);
    }, seconds * 1000 + 50);
  }

  rest(deck) {
    deck.paused = true;
    deck.element.pause();
  }

  // Silence now, whatever else is going on; says where the song was.
  stop() {
    const deck = this.now;
    this.now = null;
    if (!this.context) return 0;
    const at = deck ? deck.element.currentTime : 0;
    const { gain } = this.gate;
    gain.cancelScheduledValues(this.context.currentTime);
    gain.setValueAtTime(gain.value, this.context.currentTime);
    gain.linearRampToValueAtTime(0, this.context.currentTime + STOP_S);
    for (const one of this.decks) one.paused = true;
    const silence = () => {
      if (!this.now) this.decks.forEach((one) => this.rest(one));
    };
    if (this.context.state === "running") setTimeout(silence, STOP_S * 1000 + 30);
    else silence();
    return at;
  }

  get at() {
    return this.now ? this.now.element.currentTime : 0;
  }

  // Returns false where the limit (or the quietest step) was reached already.
  step(direction) {
    const wanted = this.levelDb + direction * STEP_DB;
    const db = Math.min(Math.max(wanted, QUIETEST_DB), this.settings.limit_db);
    const moved = db !== this.levelDb;
    this.setLevel(db);
    return moved;
  }

  setLevel(db) {
    this.levelDb = Math.min(db, this.settings.limit_db);
    if (this.level) this.level.gain.setTargetAtTime(amplitude(this.levelDb), this.context.currentTime, 0.06);
  }

  // Step back behind a question, and come forward again.
  duck(on) {
    if (this.level) {
      this.level.gain.setTargetAtTime(amplitude(this.levelDb - (on ? 9 : 0)), this.context.currentTime, 0.4);
    }
  }
}
