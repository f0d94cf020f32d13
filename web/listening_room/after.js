// From the first song on: another song, what is asked meanwhile and afterwards, the goodbye; and beside the music the
// therapist's Stop, the lock screen, songs fetched ahead. Fetched when the music begins; nothing here is needed to stop it.

document.head.append(h("link", { rel: "stylesheet", href: state.later.about_look }));

const songList = (tracks, choose) => h("ul", { class: "cards plain" }, tracks.map((track) => h("li", {}, press(titleOf(track), () => choose(track), "choose"))));

function playAgain(track) {
  mode = "again";
  sound.play(track);
  alongside();
  answers.add("again", { track });
  go("playing", { again_track: track });
}

// The line about the session, of every fourth.
if (withLines) LINES.felt_right = { asks: "felt_right_title", name: "felt_right", ends: ["felt_right_low", "felt_right_high"] };

const goOnPlaying = () => {
  sound.duck(false);
  go("playing");
};

// Asked, never decided, and at most once in a session.
function afterMiddle(values) {
  const before = place.said || {};
  const fell = state.pleasure_drop !== null && values.valence !== null && before.valence != null
    && before.valence - values.valence >= state.pleasure_drop - 1e-9;
  const [high, up] = state.tension_high;
  const isTense = values.tension != null && before.tension != null && values.tension >= high && values.tension - before.tension >= up;
  if (isTense) answers.add("told", { where: "tension" });
  if ((fell || isTense) && !place.question_asked) return go("question", { question_asked: true });
  return goOnPlaying();
}

const screensAfter = {
  instead: () => [title("which_instead"), songList(others(2), (track) => playInstead(track)), actions(button("keep_this", () => go("playing")))],

  middle: () => {
    sound.duck(true);
    return rate("middle", afterMiddle);
  },

  // Nothing is heard, and not for want of the song: no loudspeaker, or one that a call holds.
  no_sound: () => [title("no_sound_title"), para("no_sound_text"), notice(), actions(
    button("try_again", () => playSong(place.n, { from: place.at }), "primary"), !state.group && button("tell", () => tell("no_sound")), button("finish", toAfter))],

  question: () => {
    const answer = (key, what, then) => button(key, () => {
      answers.add("question", { answer: what });
      then();
    });
    const different = () => {
      sound.duck(false);
      go(others(1).length ? "instead" : "playing");
    };
    return [title("question_title"), actions(answer("keep_playing", "keep_playing", goOnPlaying), answer("sad_ok", "sad_ok", goOnPlaying),
      answer("different", "different", different), answer("stop", "stop", () => stop("button")))];
  },

  after: () => rate("after", (values) => {
    place.said_after = values;
    afterAnswers();
  }),

  last: () => {
    draft = {};
    const said = {};
    const done = () => {
      const text = textWritten();
      if (text) answers.add("words", { text });
      if (said.upset) answers.add("upset", { level: said.upset });
      if (draft.felt_right !== undefined) answers.add("check_in", { phase: "after", values: { felt_right: draft.felt_right / 100 } });
      go(said.upset === "a_lot" ? "upset" : finished());
    };
    const box = textBox();
    box.setAttribute("aria-label", say("last_title"));
    return [
      title("last_title"),
      box,
      soft(say("last_names") + " " + say(state.present ? "last_reads_now" : "last_reads_later")),
      radios("upset_", "upset_question", ["no", "a_little", "a_lot", "rather_not"], (level) => (said.upset = level)),
      state.ask_session_line && line("felt_right", h("h2", {}, say("felt_right_title"))),
      actions(button("finish", done, "primary"), button("skip", () => go(finished()), "quiet")),
    ];
  },

  upset: () => [title("upset_title"), notice(), actions(button("tell", () => tell("upset"), "primary"), button("help", openHelp), button("finish", () => go(finished())))],

  goodbye: () => {
    const heard = place.heard.length;
    const said = (key, values) => values?.valence != null && h("p", {}, say(key, { said: inSides(values) }));
    return [
      title("over_title"),
      para(heard === 1 ? "heard_song" : heard ? "heard_songs" : "heard_none", { songs: heard }),
      state.show_answers && [said("shown_before", place.said), said("shown_after", place.said_after)],
      notice("told", place.kept ? say("kept", { title: titleOf(place.kept) }) : ""),
      actions(
        button("close", leave, "primary"),
        heard > 0 && button("hear_again", () => go("again")),
        // What a carer would keep is not the client's own word.
        heard > 0 && !state.trial && !is("carer") && button("keep", () => go("keep"))),
      smallLinks(aboutLink("goodbye")),
    ];
  },

  again: () => [title("again_title"), songList(place.heard, playAgain), actions(button("back", () => go("goodbye")))],

  keep: () => {
    const keep = (track) => {
      answers.add("kept", { song: track });
      go("goodbye", { kept: track });
    };
    return [title("keep_title"), songList(place.heard, keep), actions(button("back", () => go("goodbye")))];
  },
};
// A room may have its own screen of a name: that one stays.
Object.assign(screens, { ...screensAfter, ...screens });

function inSides({ valence, arousal }) {
  const side = (value, low, middle, high) => say(value < 0.45 ? low : value > 0.55 ? high : middle);
  return side(valence, "side_bad", "side_middle", "side_good") + ", " + side(arousal ?? 0.5, "side_sleepy", "side_middle_energy", "side_awake");
}

// Whatever goes on beside the music, brought up to date when it begins, changes or ends.
function besideMusic() {
  tellLockScreen();
  keepAwake();
  if (mode !== "song") return;
  listen();
  fetchAhead();
}

// Pressed on a lock screen or a headset: pausing is stopping, and going on is going on from there.
function tellLockScreen() {
  const outside = navigator.mediaSession;
  if (!outside) return;
  const track = mode === "song" || mode === "again" ? sound.now?.track : null;
  outside.metadata = track ? new MediaMetadata({ title: titleOf(track), artist: artistOf(track) }) : null;
  outside.playbackState = track ? "playing" : "none";
  const does = { pause: () => stop("lock_screen"), stop: () => stop("lock_screen"), play: () => place.screen === "stopped" && goOnFromStop() };
  for (const [action, handler] of Object.entries(does)) {
    try {
      outside.setActionHandler(action, handler);
    } catch {
      // an older browser that does not know this one
    }
  }
}

// A screen that goes dark would take Stop away.
let wakeLock = null;
async function keepAwake() {
  try {
    if (isSounding() && !wakeLock && navigator.wakeLock) {
      wakeLock = await navigator.wakeLock.request("screen");
      wakeLock.addEventListener("release", () => (wakeLock = null));
      if (!isSounding()) await wakeLock.release(); // stopped while it was asked for
    } else if (!isSounding() && wakeLock) await wakeLock.release();
  } catch {
    wakeLock = null; // refused, as on a low battery: the music goes on
  }
}

// The next song, and one known well, are fetched whole, so that they play even when the network goes away; what is not
// needed again is forgotten, because a tablet has little memory. The song itself has time to arrive first.
const SOON_MS = 3000;
let ahead = 0;
function fetchAhead() {
  const wanted = [place.order[place.n], place.order[place.n + 1], knownNext()];
  for (const [track, address] of sound.kept) {
    if (wanted.includes(track) || !address || sound.decks.some((deck) => deck.element.src === address)) continue;
    URL.revokeObjectURL(address);
    sound.kept.delete(track);
  }
  clearTimeout(ahead);
  ahead = setTimeout(() => wanted.slice(1).forEach(keepSong), SOON_MS);
}

async function keepSong(track) {
  if (!track || sound.kept.has(track)) return;
  sound.kept.set(track, "");
  const answer = await fetch("/room/audio/" + encodeURIComponent(track)).catch(() => null); // it may take its time
  const whole = answer?.ok && (await answer.blob().catch(() => null));
  if (whole) sound.kept.set(track, URL.createObjectURL(whole));
  else sound.kept.delete(track);
}

// The therapist's Stop, and the end of the session from their side, arrive here.
let live = null;
let stopKnown = state.stop_asked_at;
let nextKnown = state.next_asked;
function listen() {
  if (live || !window.EventSource) return;
  live = new EventSource("/room/live");
  live.addEventListener("message", ({ data }) => {
    const { is_open: isOpen, stop_asked_at: asked, next_asked: next } = JSON.parse(data);
    if (asked && asked !== stopKnown) {
      stopKnown = asked;
      if (isSounding()) stop("therapist");
      else answers.add("stopped", { by: "therapist" });
      answers.send();
    }
    if (next && next.id !== nextKnown) {
      nextKnown = next.id;
      playNext(next);
    }
    if (!isOpen) endFromOutside();
  });
  // A lost connection comes back by itself; a refusal does not, and then the room is over or the server is starting.
  live.addEventListener("error", async () => {
    if (live.readyState !== EventSource.CLOSED) return;
    const answer = await fetched("/room/state");
    if (answer?.status === 404) return endFromOutside();
    live = null;
    setTimeout(listen, 5000);
  });
}

// What the therapist asked for: another next song, or the closing one now. One that comes too late changes nothing.
function playNext({ what, track, during }) {
  const { n, order, heard } = place;
  if (mode !== "song" || order[n] !== during || n + 1 >= order.length) return;
  const how = { track: during, by: "therapist", at_s: Math.round(sound.at) };
  if (what === "closing") {
    answers.add("skipped", how);
    playSong(order.length - 1, { fade: state.sound.cross_fade_s });
  } else if (state.tracks[track] && !order.includes(track)) {
    answers.add("next_changed", { ...how, track: order[n + 1], instead: track });
    place.order = order.map((one, i) => (i === n + 1 ? track : one));
    answers.add("place", { screen: "playing", n, order: place.order, heard, at: how.at_s });
    shelf.set(placeKey, place);
    fetchAhead();
    if (is("calm") && place.screen === "playing") draw();
  }
  answers.send();
}

function stopListening() {
  live?.close();
}

function endFromOutside() {
  stopListening();
  if (isSounding()) silence();
  if (!place.closed) go("ended");
}

besideMusic();
