// Words, elements, and going from screen to screen.
// Text is only ever set as text, so no title from a file can become markup.

const byId = (id) => document.getElementById(id);
const read = (id) => JSON.parse(byId(id).textContent);
const words = read("words");
const state = read("state");
const is = (...presets) => presets.includes(state.preset);
const shelf = new Shelf();
const placeKey = "attune-place-" + state.session;
const place = shelf.get(placeKey) || { ...firstPlace(), ...(state.place || {}) };
const FOCUS_BACK_MS = 5000;
const screens = {};

let mode = ""; // what sounds: "", "preview", "song" or "again"
let isReached = true;
let focusTimer = 0;
let wakeLock = null;

const answers = new Answers(state.session, shelf, (reached) => (isReached = reached));

function firstPlace() {
  const screen = state.trial && is("standard") ? "before" : "hello";
  return { screen, order: state.songs, n: 0, at: 0, heard: [], k: 0, said: {} };
}

function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(2).filter(Boolean));
  return element;
}

const title = (text) => h("h1", { tabindex: "-1" }, text);
const para = (key, values) => h("p", {}, say(key, values));
const soft = (text) => h("p", { class: "soft" }, text);
const button = (label, action, look = "") => h("button", { type: "button", class: look, onclick: () => action() }, label);
const actions = (...buttons) => h("div", { class: "actions" }, buttons);
const notice = (kind, text = "") => h("p", { class: kind, role: "status" }, text);
const titleOf = (track) => state.tracks[track]?.title || say("untitled");
const artistOf = (track) => state.tracks[track]?.artist || "";

function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 32 32");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
  svg.firstChild.setAttribute("d", path);
  return svg;
}

function announce(text) {
  byId("say").textContent = "";
  setTimeout(() => (byId("say").textContent = text), 50);
}

function go(screen, change = {}) {
  Object.assign(place, change, { screen });
  shelf.set(placeKey, place);
  draw();
}

function draw() {
  const main = byId("screen");
  main.className = place.screen;
  main.replaceChildren(...[screens[place.screen]()].flat(3).filter(Boolean));
  scrollTo(0, 0);
  showBar();
  if (isSounding() && place.screen === "playing") byId("stop").focus();
  else main.querySelector("h1")?.focus({ preventScroll: true });
  scanAgain();
}

const isSounding = () => mode !== "";

function showBar() {
  byId("bar").hidden = !isSounding();
  document.body.classList.toggle("sounding", isSounding());
  restartFocus();
  keepAwake();
}

// While a song plays, focus goes back to Stop, so that Space and Enter stop it.
function restartFocus() {
  clearTimeout(focusTimer);
  if (mode !== "song" && mode !== "again") return;
  focusTimer = setTimeout(() => {
    if (!byId("screen").querySelector("input, textarea")) byId("stop").focus();
  }, FOCUS_BACK_MS);
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
