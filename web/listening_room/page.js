// Words, elements, and going from screen to screen.
// Text is only ever set as text, so no title from a file can become markup.

const byId = (id) => document.getElementById(id);
const state = JSON.parse(byId("state").textContent);
const is = (...presets) => presets.includes(state.preset);
const shelf = new Shelf();
const placeKey = "attune-place-" + state.session;
const place = shelf.get(placeKey) || { ...firstPlace(), ...state.place };
const FOCUS_BACK_MS = 5000;
const screens = {}; // by name: a function that gives the elements of the screen
const own = {}; // by name: what a preset shows on a screen in place of the usual
const raters = {}; // by kind of scale: how somebody is asked
const rate = (phase, next) => raters[state.scale.kind](phase, next);
const withLines = is("standard", "calm");

let mode = ""; // what sounds: "", "preview", "song" or "again"
let isReached = true;
let focusTimer = 0;

const answers = new Answers(state.session, shelf, (reached) => {
  isReached = reached;
  if (reached) alongside();
});

// A device may think that it is another year: then its moments are told by the server's clock.
const CLOCK_MAY_DIFFER_MS = 60000;
const clockMs = Date.parse(state.now) - Date.now();
if (Math.abs(clockMs) > CLOCK_MAY_DIFFER_MS) answers.clockMs = clockMs;

function firstPlace() {
  return { screen: state.trial && is("standard") ? "before" : "hello", order: state.songs, n: 0, at: 0, heard: [], k: 0, said: {} };
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

const heading = (text) => h("h1", { tabindex: "-1" }, text);
const title = (key, values) => heading(say(key, values));
const para = (key, values) => h("p", {}, say(key, values));
const soft = (text) => h("p", { class: "soft" }, text);
const press = (text, action, look = "", more = {}) => h("button", { type: "button", class: look, onclick: () => action(), ...more }, text);
const button = (key, action, look) => press(say(key), action, look);
const actions = (...buttons) => h("div", { class: "actions" }, buttons);
const notice = (kind = "told", text = "") => h("p", { class: kind, role: "status" }, text);
const titleOf = (track) => state.tracks[track]?.title || say("untitled");
const artistOf = (track) => state.tracks[track]?.artist || "";
const fetched = (address, options) => patient(address, options).catch(() => null);
const posted = (address, said) => fetched(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(said) });
const textBox = () => h("textarea", { id: "words-text", maxlength: "300", rows: "3" });
const textWritten = () => byId("words-text")?.value.trim();

function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 32 32");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
  svg.firstChild.setAttribute("d", path);
  return svg;
}

// `key` begins the keys of all choices, as "looks_".
function radios(key, legend, choices, chosen) {
  return h("fieldset", {}, h("legend", {}, say(legend)),
    choices.map((value) => h("label", {}, h("input", { type: "radio", name: key, value, onchange: () => chosen(value) }), h("span", {}, say(key + value)))));
}

// Empty first: the same sentence a second time is said again.
function announce(text, where = byId("say")) {
  where.textContent = "";
  setTimeout(() => (where.textContent = text), 50);
}

function go(screen, change = {}) {
  Object.assign(place, change, { screen });
  shelf.set(placeKey, place);
  draw();
}

function draw() {
  const name = place.screen;
  if (!screens[name]) return fetchScreens(name);
  const main = byId("screen");
  main.className = name;
  main.replaceChildren(...[screens[name]()].flat(3).filter(Boolean));
  scrollTo(0, 0);
  showBar();
  if (isSounding() && name === "playing") byId("stop").focus();
  else main.querySelector("h1")?.focus({ preventScroll: true });
  return scanAgain();
}

// Screens that come late are fetched late: what follows the music when it begins, what is kept when it is asked for.
const later = {};
function load(part) {
  later[part] = later[part] || new Promise((resolve, reject) => {
    document.head.append(h("script", { src: state.later[part], onload: resolve, onerror: reject }));
  });
  return later[part].catch(() => (later[part] = null, Promise.reject()));
}

function fetchScreens(name) {
  const wanted = () => place.screen === name;
  load(["about", "mine", "complain"].includes(name) ? "about" : "after").then(
    () => wanted() && draw(),
    () => wanted() && go("offline", { wanted: name }));
}

const isSounding = () => mode !== "";

// A frame for one switch goes round where the script of that preset is there.
const scanAgain = () => window.scanRound?.();

function showBar() {
  byId("bar").hidden = !isSounding();
  document.body.classList.toggle("sounding", isSounding());
  restartFocus();
}

// While a song plays, focus goes back to Stop, so that Space and Enter stop it.
function restartFocus() {
  clearTimeout(focusTimer);
  if (mode !== "song" && mode !== "again") return;
  focusTimer = setTimeout(() => {
    if (!byId("screen").querySelector("input, textarea")) byId("stop").focus();
  }, FOCUS_BACK_MS);
}
