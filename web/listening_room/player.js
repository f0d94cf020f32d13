// The client's screens, one function each, drawn from the state that came with the page.
// Text is only ever set as text, so no title from a file can become markup.

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const words = read("words");
const state = read("state");
const byId = (id) => document.getElementById(id);
const shelf = new Shelf();
const placeKey = "attune-place-" + state.session;
const place = shelf.get(placeKey) || firstPlace();
const REPEATED_FOCUS_MS = 5000;

let mode = ""; // what sounds: "", "preview", "song" or "again"
let draft = {}; // the lines as they stand, until they are said to be right
let isReached = true;
let stopFocusTimer = 0;
let wakeLock = null;

function firstPlace() {
  return { screen: state.trial ? "before" : "hello", order: state.songs, n: 0, at: 0, heard: [], k: 0 };
}

const answers = new Answers(state.session, shelf, (reached) => {
  isReached = reached;
});
const sound = new Sound(state.sound, state.tracks, onSound);
window.attunePlayer = {
  sound, answers, place, state,
  get analyser() { return sound.analyser; },
  get mode() { return mode; },
  elements: () => sound.decks.map((deck) => deck.element),
};

function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const title = (text) => h("h1", { tabindex: "-1" }, text);
const para = (key, values) => h("p", {}, say(key, values));
const button = (label, action, look = "") => h("button", { type: "button", class: look, onclick: action }, label);
const actions = (...buttons) => h("div", { class: "actions" }, buttons);
const titleOf = (track) => state.tracks[track]?.title || say("untitled");
const artistOf = (track) => state.tracks[track]?.artist || "";
const icon = (path) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 32 32");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
};

function announce(text) {
  byId("say").textContent = "";
  setTimeout(() => (byId("say").textContent = text), 50);
}

// --- going from screen to screen ------------------------------------------------------------------------------------

function go(screen, change = {}) {
  Object.assign(place, change, { screen });
  shelf.set(placeKey, place);
  draw();
}

function draw() {
  const main = byId("screen");
  main.className = place.screen;
  main.replaceChildren(...[screens[place.screen]()].flat().filter(Boolean));
  scrollTo(0, 0);
  showBar();
  if (isSounding() && place.screen === "playing") byId("stop").focus();
  else main.querySelector("h1")?.focus({ preventScroll: true });
}

const isSounding = () => mode !== "";

function showBar() {
  byId("bar").hidden = !isSounding();
  document.body.classList.toggle("sounding", isSounding());
  restartStopFocus();
  keepAwake();
}

// While a song plays, focus goes back to Stop, so that Space and Enter stop it.
function restartStopFocus() {
  clearTimeout(stopFocusTimer);
  if (mode !== "song" && mode !== "again") return;
  stopFocusTimer = setTimeout(() => {
    if (!byId("screen").querySelector("input, textarea")) byId("stop").focus();
  }, REPEATED_FOCUS_MS);
}

async function keepAwake() {
  try {
    if (isSounding() && !wakeLock && navigator.wakeLock) {
      wakeLock = await navigator.wakeLock.request("screen");
      wakeLock.addEventListener("release", () => (wakeLock = null));
    } else if (!isSounding() && wakeLock) await wakeLock.release();
  } catch {
    wakeLock = null; // refused, as on a low battery: the music goes on
  }
}

// --- the music ------------------------------------------------------------------------------------------------------

function playSong(n, { from = 0, fade = state.sound.fade_in_s } = {}) {
  const track = place.order[n];
  mode = "song";
  sound.duck(false);
  sound.play(track, { from, fade });
  answers.add("song_started", { track, n: n + 1, from_s: Math.round(from) });
  if (!place.heard.includes(track)) place.heard.push(track);
  go("playing", { n, at: from });
  // Time for the song itself to arrive first; then the next, and one known well, are fetched whole.
  const wanted = [track, place.order[n + 1], knownNext()].filter(Boolean);
  sound.forget(wanted);
  setTimeout(() => place.order[place.n] === track && wanted.slice(1).forEach((one) => sound.keep(one)), 3000);
}

function onSound(what, track) {
  if (what === "interrupted") return stop("device");
  if (mode === "preview") return what === "near_end" ? sound.leave(sound.now, 1.5) || setTimeout(endPreview, 1500, track) : endPreview(track);
  if (what === "missing") return missing(track);
  const isLast = mode === "again" || place.n + 1 >= place.order.length;
  if (isLast && what === "near_end") return null;
  answers.add("song_ended", { track, n: place.n + 1 });
  if (!isLast) return playSong(place.n + 1, { fade: state.sound.cross_fade_s });
  const wasAgain = mode === "again";
  silence();
  return go(wasAgain ? "goodbye" : "after");
}

function missing(track) {
  answers.add("missing", { track, n: place.n + 1 });
  const ended = place.n + 1 >= place.order.length;
  silence();
  if (!isReached || !navigator.onLine) return go("offline");
  go("missing");
  setTimeout(() => {
    if (place.screen !== "missing") return;
    if (ended) go("after");
    else playSong(place.n + 1);
  }, 3000);
  return null;
}

function silence() {
  const at = sound.stop();
  mode = "";
  showBar();
  return at;
}

function stop(by) {
  if (!isSounding()) return;
  const was = mode;
  const track = sound.now?.track;
  const at = silence();
  if (was === "preview") {
    markPreview(null);
    return;
  }
  answers.add("stopped", { track, at_s: Math.round(at), by });
  if (was === "again") go("goodbye");
  else go("stopped", { at });
}

function preview(track) {
  if (mode === "preview" && sound.now?.track === track) return stop("card");
  mode = "preview";
  sound.play(track, { fade: 1, forS: 20, quieterDb: 3 });
  answers.add("preview", { track });
  showBar();
  markPreview(track);
  return null;
}

function endPreview(track) {
  if (mode !== "preview" || sound.now?.track !== track) return;
  silence();
  markPreview(null);
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

// --- choices within the approved songs ------------------------------------------------------------------------------

const pool = () => [...(state.alternates[place.n] || []), ...state.replan, ...state.openers];

function others(count) {
  const taken = new Set([...place.order, ...place.heard]);
  return [...new Set(pool())].filter((track) => !taken.has(track)).slice(0, count);
}

function knownNext() {
  const current = place.order[place.n];
  const rest = state.known.filter((track) => track !== current || state.known.length === 1);
  return rest.length ? rest[place.k % rest.length] : null;
}

function playKnown() {
  const track = knownNext();
  const order = [...place.order];
  answers.add("known_well", { track: order[place.n], instead: track });
  order[place.n] = track;
  Object.assign(place, { order, k: place.k + 1 });
  playSong(place.n, { fade: isSounding() ? state.sound.cross_fade_s : state.sound.fade_in_s });
}

function playInstead(track) {
  const order = [...place.order];
  answers.add("skipped", { track: order[place.n], instead: track, at_s: Math.round(sound.at) });
  order[place.n] = track;
  Object.assign(place, { order });
  playSong(place.n, { fade: state.sound.cross_fade_s });
}

function chooseFirst(track, how) {
  if (isSounding()) silence();
  const rest = place.order.filter((one) => one !== track);
  const order = [track, ...(place.order.includes(track) ? rest : rest.slice(1))];
  answers.add("first_song", { track, how });
  go("ready", { order });
}

async function tell(where) {
  answers.add("told", { where, screen: place.screen });
  const arrived = await answers.send();
  const key = arrived && isReached ? (state.present ? "told_now" : "told_later") : "told_offline";
  const note = byId("screen").querySelector(".told");
  if (note) note.textContent = say(key);
}

const told = () => h("p", { class: "told", role: "status" });

// --- the lines ------------------------------------------------------------------------------------------------------

const LINES = {
  valence: { title: { before: "before_title", after: "after_title" }, name: "feeling", low: "feeling_low", high: "feeling_high",
    icons: ["M4 16a12 12 0 1 0 24 0a12 12 0 1 0-24 0M11 13v.1M21 13v.1M10.5 22c3-4 8-4 11 0",
            "M4 16a12 12 0 1 0 24 0a12 12 0 1 0-24 0M11 13v.1M21 13v.1M10.5 19c3 4 8 4 11 0"] },
  arousal: { title: { before: "energy_title", after: "energy_title" }, name: "energy", low: "energy_low", high: "energy_high",
    icons: ["M3 15c5 7 21 7 26 0M7 19l-2 3M13 21l-1 4M19 21l1 4M25 19l2 3",
            "M3 16c6-10 20-10 26 0c-6 10-20 10-26 0zM16 12a4 4 0 1 0 0 8a4 4 0 1 0 0-8z"] },
  tension: { title: { before: "tension_title", after: "tension_title" }, name: "tension", low: "tension_low", high: "tension_high",
    icons: ["M4 16h24", "M4 16l4-7l4 14l4-14l4 14l4-14l4 7"] },
};

function linesInOrder() {
  const two = state.scale.feeling_first ? ["valence", "arousal"] : ["arousal", "valence"];
  return state.scale.tension ? [...two, "tension"] : two;
}

function line(key, phase, isFirst) {
  const { name, low, high, icons, title: titles } = LINES[key];
  const heading = h(isFirst ? "h1" : "h2", { id: "line-" + key, tabindex: isFirst ? "-1" : null }, say(titles[phase] || titles.before));
  const input = h("input", { type: "range", min: "0", max: "100", step: "1", value: "50", "aria-labelledby": "line-" + key,
    "aria-valuetext": say("not_answered"), class: "untouched" });
  const set = (value) => {
    draft[key] = Math.min(Math.max(Math.round(value), 0), 100);
    input.value = draft[key];
    input.classList.remove("untouched");
    input.setAttribute("aria-valuetext", say("value_text", { value: draft[key] }));
    byId("ask")?.replaceChildren();
  };
  const step = (by) => set(Number(input.value) + by);
  input.addEventListener("input", () => set(Number(input.value)));
  // A tap on the line moves there in every browser, also where the native control only drags.
  input.addEventListener("pointerdown", (event) => {
    const box = input.getBoundingClientRect();
    const thumb = Number.parseFloat(getComputedStyle(input).getPropertyValue("--thumb")) || 36;
    set((100 * (event.clientX - box.left - thumb / 2)) / (box.width - thumb));
  });
  return h("div", { class: "line" }, heading,
    h("div", { class: "ends" }, h("span", {}, icon(icons[0]), say(low)), h("span", {}, say(high), icon(icons[1]))),
    h("div", { class: "row" },
      h("button", { type: "button", class: "step", "aria-label": say("less", { line: say(name) }), onclick: () => step(-5) }, "−"),
      input,
      h("button", { type: "button", class: "step", "aria-label": say("more", { line: say(name) }), onclick: () => step(5) }, "+")));
}

function rate(phase, next) {
  draft = {};
  const keys = linesInOrder();
  const done = (values, missing = {}) => {
    answers.add("check_in", { phase, values, missing });
    next();
  };
  const all = (value) => Object.fromEntries(keys.map((key) => [key, value]));
  const give = () => done(Object.fromEntries(keys.map((key) => [key, (draft[key] ?? 50) / 100])));
  const ask = () => {
    const untouched = keys.filter((key) => draft[key] === undefined);
    if (!untouched.length) return give();
    const text = untouched.length === 1 ? say("middle_one", { line: say("line_" + LINES[untouched[0]].name) }) : say("middle_all");
    byId("ask").replaceChildren(
      h("p", { tabindex: "-1" }, text),
      actions(button(say("middle_yes"), give, "primary"), button(say("middle_no"), () => {
        byId("ask").replaceChildren();
        byId("screen").querySelector("input.untouched")?.focus();
      })));
    byId("ask").firstChild.focus();
    return null;
  };
  return [
    keys.map((key, i) => line(key, phase, i === 0)),
    h("p", { class: "soft" }, say("no_right_answer")),
    h("div", { id: "ask", class: "ask" }),
    actions(
      button(say("this_is_right"), ask, "primary"),
      button(say("not_sure"), () => done(all(null), all("not_sure"))),
      phase === "before" ? null : button(say("skip"), () => done(all(null), all("skipped")), "quiet")),
  ].flat();
}

// --- the screens ----------------------------------------------------------------------------------------------------

function signLine() {
  if (!state.sign) return null;
  return h("p", { class: "sign" }, say("hello_sign"), " ", h("span", { class: "swatch", "data-colour": state.sign.colour }), h("b", {}, state.sign.words),
    button(say("hello_not_mine"), () => {
      answers.add("not_mine");
      go("not_mine");
    }, "quiet"));
}

function who() {
  if (!state.present) return para("alone");
  return state.room_name ? para("present", { name: state.room_name }) : para("present_unnamed");
}

function helloLines() {
  return [
    signLine(),
    para("hello_text"),
    para(state.songs.length === 1 ? "hello_song" : "hello_songs", { songs: state.songs.length, minutes: Math.round(state.minutes) }),
    h("p", { class: "soft" }, who().textContent),
  ];
}

function notNow() {
  answers.add("not_now");
  go("not_now");
}

function songCard(track, choose) {
  const about = h("span", { class: "song" }, h("b", {}, titleOf(track)), artistOf(track) && h("span", {}, artistOf(track)));
  return h("li", { "data-track": track },
    about,
    button(say("hear"), () => preview(track), "hear"),
    button(say("choose", { title: titleOf(track) }), () => choose(track), "choose"));
}

function cards(tracks, choose) {
  const list = h("ul", { class: "cards" }, tracks.map((track) => songCard(track, choose)));
  for (const card of list.children) card.querySelector(".hear").setAttribute("aria-label", say("hear_of", { title: titleOf(card.dataset.track) }));
  return list;
}

function songList(tracks, choose) {
  return h("ul", { class: "cards plain" }, tracks.map((track) => h("li", {}, button(titleOf(track), () => choose(track), "choose"))));
}

const screens = {
  hello: () => [
    title(say("hello_title")),
    helloLines(),
    actions(
      button(say("start"), () => {
        answers.add("started");
        go("before");
      }, "primary"),
      button(say("not_now"), notNow)),
  ].flat(),

  not_mine: () => [title(say("not_mine_title")), para("not_mine_text"), actions(button(say("back"), () => go("hello")))],

  not_now: () => [title(say("not_now_title")), para("not_now_text"), actions(button(say("to_start"), () => go(firstPlace().screen), "primary"))],

  before: () => {
    const parts = rate("before", () => go(state.openers.length ? "first" : "ready"));
    if (!state.trial) return parts;
    return [h("div", { class: "lead" }, helloLines()), ...parts, actions(button(say("not_now"), notNow, "quiet"))];
  },

  first: () => {
    const shown = place.again ? others(3) : state.openers;
    return [
      title(say(place.again ? "first_title_again" : "first_title")),
      cards(shown, (track) => chooseFirst(track, "chosen")),
      actions(
        button(say("choose_for_me"), () => chooseFirst(place.order[0], "chosen_for_me"), "primary"),
        button(say("none_of_these"), () => {
          if (isSounding()) silence();
          answers.add("none_of_these");
          if (!place.again && others(3).length) go("first", { again: true });
          else go("more");
        })),
    ];
  },

  more: () => [
    title(say("known_title")),
    told(),
    actions(
      state.known.length ? button(say("say_yes"), () => chooseFirst(knownNext(), "known_well"), "primary") : null,
      button(say("tell"), () => tell("first")),
      button(say("go_back"), () => go("first", { again: false }))),
  ],

  ready: () => [
    title(say("ready_title")),
    para("ready_quiet"),
    para("ready_stop"),
    actions(
      button(say("play"), () => playSong(0), "primary play"),
      button(say("go_back"), () => go(state.openers.length ? "first" : "before", { again: false }))),
  ],

  playing: () => {
    const track = mode === "again" ? place.again_track : place.order[place.n];
    const note = h("p", { class: "note", role: "status" });
    const step = (direction) => {
      const moved = sound.step(direction);
      note.textContent = moved ? "" : say(direction > 0 ? "cap" : "floor");
      if (moved) answers.add("level", { db: sound.levelDb });
    };
    return [
      h("div", { class: "now" },
        title(titleOf(track)),
        h("p", { class: "artist" }, artistOf(track)),
        h("p", { class: "soft" }, mode === "again" ? say("song_again") : say("song_of", { n: place.n + 1, songs: place.order.length }))),
      h("div", { class: "pair" }, button(say("quieter"), () => step(-1)), button(say("louder"), () => step(1))),
      note,
      mode === "again" ? null : actions(
        button(say("different"), () => {
          if (others(1).length) go("instead");
          else note.textContent = say("no_other");
        }),
        state.known.length ? button(say("known"), playKnown) : null),
    ];
  },

  instead: () => [
    title(say("which_instead")),
    songList(others(2), playInstead),
    actions(button(say("keep_this"), () => go("playing"))),
  ],

  stopped: () => [
    title(say("stopped_title")),
    para("take_time"),
    told(),
    actions(
      state.known.length ? button(say("play_known"), playKnown) : null,
      button(say("go_on_music"), () => {
        answers.add("resumed", { track: place.order[place.n] });
        playSong(place.n, { from: place.at });
      }),
      button(say("finish"), () => go("after")),
      button(say("tell"), () => tell("stopped")),
      button(say("help"), openHelp, "quiet")),
  ],

  after: () => rate("after", () => {
    answers.add("finished", { songs: place.heard.length });
    go("goodbye");
  }),

  goodbye: () => {
    const heard = place.heard.length;
    const thanks = heard === 1 ? "heard_song" : heard ? "heard_songs" : "heard_none";
    return [
      title(say("over_title")),
      para(thanks, { songs: heard }),
      h("p", { class: "told", role: "status" }, place.kept ? say("kept", { title: titleOf(place.kept) }) : ""),
      actions(
        button(say("close"), leave, "primary"),
        heard ? button(say("hear_again"), () => go("again")) : null,
        heard && !state.trial ? button(say("keep"), () => go("keep")) : null),
    ];
  },

  again: () => [
    title(say("again_title")),
    songList(place.heard, (track) => {
      mode = "again";
      sound.play(track);
      answers.add("again", { track });
      go("playing", { again_track: track });
    }),
    actions(button(say("back"), () => go("goodbye"))),
  ],

  keep: () => [
    title(say("keep_title")),
    songList(place.heard, (track) => {
      answers.add("kept", { song: track });
      go("goodbye", { kept: track });
    }),
    actions(button(say("back"), () => go("goodbye"))),
  ],

  missing: () => [title(say("missing_title")), para("missing_text")],

  offline: () => [
    title(say("offline_title")),
    para("offline_text"),
    actions(
      button(say("go_on"), () => {
        const next = place.order.findIndex((track, n) => n > place.n && sound.kept.get(track));
        if (next > 0) playSong(next);
        else answers.send().then((arrived) => (arrived && isReached ? playSong(place.n, { from: place.at }) : announce(say("offline_title"))));
      }, "primary"),
      button(say("finish"), () => go("after"))),
  ],

  kept_place: () => [
    title(say("kept_place_title")),
    para("song_of", { n: place.n + 1, songs: place.order.length }),
    actions(
      button(say("go_on"), () => playSong(place.n, { from: place.at }), "primary"),
      button(say("stop_here"), () => go("stopped"))),
  ],

  leaving: () => [title(say("offline_title")), para("offline_wait"), actions(button(say("close"), leave, "primary"))],

  two_tabs: () => [
    title(say("two_tabs_title")),
    para("two_tabs_text"),
    actions(button(say("use_this"), () => {
      tabs?.postMessage({ session: state.session, from: tabId, take: true });
      go(place.before_tabs || firstPlace().screen);
    })),
  ],
};

// Nothing of this client stays on the screen or the device once everything has arrived.
async function leave() {
  if (!place.closed) answers.add("ended");
  place.closed = true;
  shelf.set(placeKey, place);
  const arrived = await Promise.race([answers.send(), new Promise((resolve) => setTimeout(resolve, 4000, false))]);
  try {
    if (!arrived) throw new Error("not sent");
    await fetch("/room/leave", { method: "POST" });
  } catch {
    go("leaving");
    setTimeout(leave, 5000);
    return;
  }
  answers.forget();
  shelf.remove(placeKey);
  location.replace("/room/closed");
}

// --- help, keys, other windows --------------------------------------------------------------------------------------

function openHelp() {
  stop("help");
  document.body.classList.add("helping");
  byId("help-title").focus();
}

function closeHelp() {
  document.body.classList.remove("helping");
  byId("screen").querySelector("h1")?.focus();
}

byId("help").addEventListener("click", openHelp);
byId("help-back").addEventListener("click", closeHelp);
byId("stop").addEventListener("click", () => stop("button"));

addEventListener("keydown", (event) => {
  restartStopFocus();
  if (!isSounding()) return;
  const isOther = event.target.closest?.("button, a, input, textarea, select, summary");
  if (event.key === "Escape" || ((event.key === " " || event.key === "Enter") && !isOther)) {
    event.preventDefault();
    stop("key");
  }
}, true);
addEventListener("pointerdown", restartStopFocus, true);
addEventListener("pageshow", (event) => event.persisted && location.reload());
setInterval(() => {
  if (mode === "song") shelf.set(placeKey, Object.assign(place, { at: sound.at }));
}, 2000);

const tabId = newId();
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("attune-room") : null;
tabs?.addEventListener("message", ({ data }) => {
  if (data.session !== state.session || data.from === tabId) return;
  if (data.here) tabs.postMessage({ session: state.session, from: tabId, taken: place.screen !== "two_tabs" });
  const isHeldElsewhere = data.take || (data.taken && !hasBeenUsed);
  if (isHeldElsewhere && place.screen !== "two_tabs") {
    if (isSounding()) silence();
    Object.assign(place, { before_tabs: place.screen });
    draw((place.screen = "two_tabs"));
  }
});
let hasBeenUsed = false;
addEventListener("pointerdown", () => (hasBeenUsed = true), true);

const PLAYING = ["playing", "instead", "missing", "offline"];
if (place.screen === "two_tabs") place.screen = place.before_tabs;
if (place.closed) leave();
else if (PLAYING.includes(place.screen)) go(place.again_track && place.heard.length && place.finished ? "goodbye" : "kept_place");
else draw();
tabs?.postMessage({ session: state.session, from: tabId, here: true });
answers.send();
