// Music to move to: four clicks at the speed before it begins, rests that end when somebody presses, and Stop if unsteady.

const CLICKS = 4;
const CLICK_S = 0.03;
const movement = state.movement;

// The clicks go through the same gate as the music, so that Stop silences them in the same way.
function click(at, isFirst) {
  const { context } = sound;
  const tone = context.createOscillator();
  const shape = context.createGain();
  tone.frequency.value = isFirst ? 1400 : 1000;
  shape.gain.setValueAtTime(0, at);
  shape.gain.linearRampToValueAtTime(0.5, at + 0.002);
  shape.gain.linearRampToValueAtTime(0, at + CLICK_S);
  tone.connect(shape).connect(sound.level);
  tone.start(at);
  tone.stop(at + CLICK_S + 0.01);
  return tone;
}

function setOff(n, from = 0) {
  if (!movement.count_in) return playSong(n, { from });
  const beat = 60 / movement.speed_bpm;
  sound.unlock();
  sound.open();
  mode = "count";
  go("counting");
  const begins = sound.context.currentTime + 0.15;
  const tones = Array.from({ length: CLICKS }, (_, i) => click(begins + i * beat, i === 0));
  answers.add("count_in", { n: n + 1, bpm: Math.round(movement.speed_bpm) });
  const mine = (setOff.turn = (setOff.turn || 0) + 1);
  // By the clock of the sound itself: a busy device must not let the music in early.
  const wait = () => {
    if (mode !== "count" || setOff.turn !== mine) return tones.forEach((tone) => tone.stop());
    if (sound.context.currentTime >= begins + CLICKS * beat) playSong(n, { from, fade: 0.1 });
    else setTimeout(wait, 20);
    return undefined;
  };
  return wait();
}

// A rest comes in place of the cross-fade: the song before it plays to its end.
const toldBefore = sound.told;
sound.told = (what, track) => {
  const isRest = mode === "song" && movement.rests.includes(place.n + 1) && place.n + 1 < place.order.length;
  if (!isRest || (what !== "near_end" && what !== "ended")) return toldBefore(what, track);
  if (what === "near_end") return undefined;
  answers.add("song_ended", { track, n: place.n + 1 });
  silence();
  answers.add("rest", { before: place.n + 2 });
  return go("rest", { n: place.n + 1, at: 0 });
};

// A page that is loaded again in the middle of the clicks begins with them again.
if (place.screen === "counting") place.screen = "ready";

const playingBefore = screens.playing;
Object.assign(screens, {
  ready: () => [
    title("ready_title"),
    para(movement.count_in ? "ready_count" : "ready_speed", { bpm: Math.round(movement.speed_bpm) }),
    para("stop_unsteady"),
    actions(button("play", () => setOff(place.n), "primary"), button("go_back", () => go(state.openers.length ? "first" : "before", { again: false }))),
  ],
  counting: () => [h("div", { class: "now" }, title("counting_title"), para("counting_text")), para("stop_unsteady")],
  playing: () => [playingBefore(), para("stop_unsteady")],
  rest: () => [
    title("rest_title"),
    para("rest_text"),
    actions(button("go_on", () => setOff(place.n), "primary"), button("finish", toAfter)),
  ],
});
