// Help, keys, other windows, the place, and the beginning.

window.attunePlayer = {
  sound, answers, place, state,
  get analyser() { return sound.analyser; },
  get mode() { return mode; },
  elements: () => sound.decks.map((deck) => deck.element),
};

function openHelp() {
  stop("help");
  document.body.classList.add("helping");
  byId("help-title").focus();
  scanAgain();
}

function closeHelp() {
  document.body.classList.remove("helping");
  byId("screen").querySelector("h1")?.focus();
  scanAgain();
}

byId("help").addEventListener("click", openHelp);
byId("help-back").addEventListener("click", closeHelp);
byId("stop").addEventListener("click", () => stop("button"));

addEventListener("keydown", (event) => {
  restartFocus();
  if (!isSounding()) return;
  const isOther = event.target.closest?.("button, a, input, textarea, select, summary");
  if (event.key === "Escape" || ((event.key === " " || event.key === "Enter") && !isOther)) {
    event.preventDefault();
    stop("key");
  }
}, true);
addEventListener("pointerdown", restartFocus, true);
addEventListener("pageshow", (event) => event.persisted && location.reload());

// Where the song is, kept as the page goes; and often before, because a device that dies says nothing.
function keepPlace() {
  if (mode === "song") shelf.set(placeKey, Object.assign(place, { at: sound.at }));
}
addEventListener("pagehide", keepPlace);
addEventListener("visibilitychange", () => {
  keepPlace();
  if (!document.hidden) window.keepAwake?.();
});
setInterval(keepPlace, 500);

// --- the same session in another window -----------------------------------------------------------------------------

const tabId = newId();
const channel = "BroadcastChannel" in window ? new BroadcastChannel("attune-room") : null;
const WINDOWS = "attune-windows";
let isUsed = false;
addEventListener("pointerdown", () => (isUsed = true), true);

// A browser without channels tells its other windows what is stored.
function tellWindows(what) {
  const data = { session: state.session, from: tabId, ...what };
  if (channel) return channel.postMessage(data);
  shelf.set(WINDOWS, data);
  return shelf.remove(WINDOWS);
}

function heardFromWindow(data) {
  if (data.session !== state.session || data.from === tabId) return;
  const isHere = place.screen !== "two_tabs";
  if (data.here && isHere) tellWindows({ taken: true });
  if (isHere && (data.take || (data.taken && !isUsed))) {
    if (isSounding()) silence();
    place.screen = "two_tabs"; // not stored: the other window keeps the place
    draw();
  }
}

if (channel) channel.addEventListener("message", ({ data }) => heardFromWindow(data));
else addEventListener("storage", ({ key, newValue }) => key === WINDOWS && newValue && heardFromWindow(JSON.parse(newValue)));

function takeOver() {
  tellWindows({ take: true });
  isUsed = true;
  Object.assign(place, shelf.get(placeKey) || firstPlace());
  goToKept();
}

function goToKept() {
  if (state.ended && !place.closed) return go("ended");
  if (["playing", "instead", "middle", "question", "noting", "missing", "offline"].includes(place.screen)) return go("kept_place");
  return draw();
}

handInOthers(shelf, state.session);
if (place.closed) leave();
else goToKept();
tellWindows({ here: true });
answers.send();
// Over TLS and on this machine a reload without the server still shows a kind end, and Help.
if (navigator.serviceWorker) addEventListener("load", () => navigator.serviceWorker.register(state.later.offline, { scope: "/room" }).catch(() => {}));
