// What plays, what comes next, and what the client may put in its place: approved songs only.

const sound = new Sound(state.sound, state.tracks, onSound);

// What goes on beside the music is fetched when it begins, and again until it has come: see after.js.
function alongside() {
  if (window.besideMusic) besideMusic();
  else if (isSounding()) load("after").catch(() => {});
}

function playSong(n, { from = 0, fade = state.sound.fade_in_s } = {}) {
  const track = place.order[n];
  mode = "song";
  sound.duck(false);
  sound.play(track, { from, fade });
  answers.add("song_started", { track, n: n + 1, from_s: Math.round(from) });
  if (!place.heard.includes(track)) place.heard.push(track);
  Object.assign(place, { n, at: from });
  const { order, heard } = place;
  answers.add("place", { screen: "playing", n, order, heard, at: Math.round(from) });
  go("playing");
  alongside();
}

function onSound(what, track) {
  if (what === "interrupted") stop("device");
  else if (mode === "preview") endPreviewSoon(what, track);
  else if (what === "no_sound") noSound(track);
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

function noSound(track) {
  const wasAgain = mode === "again";
  const at = silence();
  if (wasAgain) return go("goodbye");
  answers.add("stopped", { track, at_s: Math.round(at), by: "no_sound" });
  if (!at) unheard(track);
  return go("no_sound", { at });
}

const unheard = (track) => (place.heard = place.heard.filter((one) => one !== track));

function missing(track) {
  answers.add("missing", { track, n: place.n + 1 });
  if (sound.at < 1 && mode === "song") unheard(track);
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
  alongside();
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
  if (what === "missing" || what === "no_sound") announce(say("missing_title"), byId("screen").querySelector(".told") || byId("say"));
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

function chooseFirst(track, how) {
  if (isSounding()) silence();
  const rest = place.order.filter((one) => one !== track);
  const order = [track, ...(place.order.includes(track) ? rest : rest.slice(1))];
  answers.add("first_song", { track, how });
  go("ready", { order });
}
