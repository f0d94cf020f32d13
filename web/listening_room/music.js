// What plays, what comes next, and what the client may put in its place: approved songs only.

const SOON_MS = 3000;
const sound = new Sound(state.sound, state.tracks, onSound);

function playSong(n, { from = 0, fade = state.sound.fade_in_s } = {}) {
  const track = place.order[n];
  mode = "song";
  sound.duck(false);
  sound.play(track, { from, fade });
  listen();
  load("after").catch(() => {}); // asked for again when something of it is wanted
  answers.add("song_started", { track, n: n + 1, from_s: Math.round(from) });
  if (!place.heard.includes(track)) place.heard.push(track);
  Object.assign(place, { n, at: from });
  window.tellLockScreen?.();
  const { order, heard } = place;
  answers.add("place", { screen: "playing", n, order, heard, at: Math.round(from) });
  go("playing");
  // Time for the song itself to arrive first; then the next, and one known well, are fetched whole.
  const wanted = [track, order[n + 1], knownNext()].filter(Boolean);
  sound.forget(wanted);
  setTimeout(() => place.order[place.n] === track && wanted.slice(1).forEach((one) => sound.keep(one)), SOON_MS);
}

function onSound(what, track) {
  if (what === "interrupted") stop("device");
  else if (mode === "preview") endPreviewSoon(what, track);
  else if (what === "missing") missing(track);
  else {
    const isLast = mode === "again" || place.n + 1 >= place.order.length;
    if (isLast && what === "near_end") return;
    answers.add("song_ended", { track, n: place.n + 1 });
    if (isLast) {
      const wasAgain = mode === "again";
      silence();
      if (wasAgain) go("goodbye");
      else toAfter();
    } else nextSong();
  }
}

function nextSong() {
  const wasAsking = place.screen === "middle" || place.screen === "question";
  playSong(place.n + 1, { fade: state.sound.cross_fade_s });
  const isMiddle = place.n === Math.floor(place.order.length / 2);
  if (state.ask_middle && isMiddle && !place.middle_asked && !wasAsking && !place.is_unsure && !is("simple", "one_switch", "carer")) go("middle", { middle_asked: true });
}

function missing(track) {
  answers.add("missing", { track, n: place.n + 1 });
  const isLast = place.n + 1 >= place.order.length;
  const wasAgain = mode === "again";
  const isHere = () => place.screen === "missing";
  silence();
  go("missing");
  // Whether it is the song or the connection shows at once: the event about it arrives or does not.
  answers.send().then((arrived) => isHere() && !(arrived && isReached) && go("offline"));
  setTimeout(() => {
    if (!isHere()) return;
    if (wasAgain) go("goodbye");
    else if (isLast) toAfter();
    else playSong(place.n + 1);
  }, 3000);
}

function silence() {
  const at = sound.stop();
  mode = "";
  showBar();
  window.tellLockScreen?.();
  return at;
}

function stop(by) {
  if (!isSounding()) return;
  const was = mode;
  const track = sound.now?.track;
  const at = silence();
  if (was === "preview") {
    markPreview(null);
    scanAgain();
    return;
  }
  answers.add("stopped", { track, at_s: Math.round(at), by });
  if (was === "again") go("goodbye");
  else go("stopped", { at });
}

function preview(track) {
  if (mode === "preview" && sound.now?.track === track) {
    stop("card");
    return;
  }
  mode = "preview";
  sound.play(track, { fade: 1, forS: 20, quieterDb: 3 });
  answers.add("preview", { track });
  showBar();
  markPreview(track);
  if (is("one_switch")) byId("stop").focus();
}

function endPreviewSoon(what, track) {
  const end = () => {
    if (mode !== "preview" || sound.now?.track !== track) return;
    silence();
    markPreview(null);
    scanAgain();
  };
  if (what !== "near_end") return end();
  sound.ramp(sound.now, 0, 1.5);
  return setTimeout(end, 1500);
}

function markPreview(track) {
  for (const card of byId("screen").querySelectorAll("[data-track]")) {
    const isOn = card.dataset.track === track;
    const control = card.querySelector(".hear");
    control.textContent = say(isOn ? "stop" : "hear");
    control.setAttribute("aria-label", say(isOn ? "hear_stop" : "hear_of", { title: titleOf(card.dataset.track) }));
    card.classList.toggle("on", isOn);
  }
}

function others(count) {
  const taken = new Set([...place.order, ...place.heard]);
  const pool = [...(state.alternates[place.n] || []), ...state.replan, ...state.openers];
  return [...new Set(pool)].filter((track) => !taken.has(track)).slice(0, count);
}

function knownNext() {
  const current = place.order[place.n];
  const rest = state.known.filter((track) => track !== current || state.known.length === 1);
  return rest.length ? rest[place.k % rest.length] : null;
}

function playInstead(track, kind = "skipped") {
  const order = [...place.order];
  answers.add(kind, { track: order[place.n], instead: track, at_s: Math.round(sound.at) });
  order[place.n] = track;
  place.order = order;
  playSong(place.n, { fade: isSounding() ? state.sound.cross_fade_s : state.sound.fade_in_s });
}

function playKnown() {
  const track = knownNext();
  place.k += 1;
  playInstead(track, "known_well");
}

function playAgain(track) {
  mode = "again";
  sound.play(track);
  window.tellLockScreen?.();
  answers.add("again", { track });
  go("playing", { again_track: track });
}

function chooseFirst(track, how) {
  if (isSounding()) silence();
  const rest = place.order.filter((one) => one !== track);
  const order = [track, ...(place.order.includes(track) ? rest : rest.slice(1))];
  answers.add("first_song", { track, how });
  go("ready", { order });
}

// The therapist's Stop, and the end of the session from their side, arrive here.
let live = null;
let stopKnown = state.stop_asked_at;
function listen() {
  if (live || !window.EventSource) return;
  live = new EventSource("/room/live");
  live.addEventListener("message", ({ data }) => {
    const { is_open: isOpen, stop_asked_at: asked } = JSON.parse(data);
    if (asked && asked !== stopKnown) {
      stopKnown = asked;
      if (isSounding()) stop("therapist");
      else answers.add("stopped", { by: "therapist" });
      answers.send();
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

function endFromOutside() {
  live.close();
  if (isSounding()) silence();
  if (!place.closed) go("ended");
}
