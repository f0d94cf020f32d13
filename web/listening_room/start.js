// Help, keys, other windows, the end, and the beginning.

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
  if (!isSounding() || is("one_switch")) return;
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
addEventListener("visibilitychange", keepPlace);
setInterval(keepPlace, 500);

// --- one switch: a frame goes round, any press chooses what it frames; while music plays any press stops -------------

let scan = { items: [], i: -1, rounds: 0, timer: 0, last: 0 };

function scanAgain() {
  if (!is("one_switch")) return;
  clearTimeout(scan.timer);
  document.querySelectorAll(".framed").forEach((one) => one.classList.remove("framed"));
  // What most people want comes first, so that the frame rests there; Help is always in the round.
  const isHelp = document.body.classList.contains("helping");
  const all = isHelp ? [byId("help-back"), ...byId("help-text").querySelectorAll("a")] : [...byId("screen").querySelectorAll("button, a"), byId("help")];
  const first = (one) => (one.classList.contains("primary") ? 0 : 1);
  scan.items = isSounding() ? [] : all.sort((a, b) => first(a) - first(b));
  Object.assign(scan, { i: -1, rounds: 0 });
  if (scan.items.length) moveFrame();
}

function moveFrame() {
  scan.items[scan.i]?.classList.remove("framed");
  scan.i = (scan.i + 1) % scan.items.length;
  if (scan.i === 0) scan.rounds += 1;
  const item = scan.items[scan.i];
  item.classList.add("framed");
  item.scrollIntoView({ block: "nearest" });
  if (scan.rounds > 2) return announce(say("rest"));
  announce(item.textContent);
  scan.timer = state.scan_s ? setTimeout(moveFrame, state.scan_s * 1000) : 0;
  return undefined;
}

function press(event) {
  if (!event.isTrusted || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.timeStamp - scan.last < 250) return;
  scan.last = event.timeStamp;
  if (isSounding()) stop("switch");
  else if (!state.scan_s && ["Tab", "ArrowRight", "ArrowDown"].includes(event.key)) moveFrame();
  else scan.items[scan.i]?.click();
}

if (is("one_switch")) {
  addEventListener("keydown", press, true);
  addEventListener("pointerdown", press, true);
  // The press has done its work; the click that follows must not do another.
  addEventListener("click", (event) => event.isTrusted && (event.preventDefault(), event.stopPropagation()), true);
}

// --- the same session in another window -----------------------------------------------------------------------------

const tabId = newId();
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("attune-room") : null;
let isUsed = false;
addEventListener("pointerdown", () => (isUsed = true), true);

tabs?.addEventListener("message", ({ data }) => {
  if (data.session !== state.session || data.from === tabId) return;
  const isHere = place.screen !== "two_tabs";
  if (data.here && isHere) tabs.postMessage({ session: state.session, from: tabId, taken: true });
  if (isHere && (data.take || (data.taken && !isUsed))) {
    if (isSounding()) silence();
    place.before_tabs = place.screen;
    place.screen = "two_tabs"; // not stored: the other window keeps the place
    draw();
  }
});

function takeOver() {
  tabs?.postMessage({ session: state.session, from: tabId, take: true });
  isUsed = true;
  Object.assign(place, shelf.get(placeKey) || firstPlace());
  goToKept();
}

// --- the end: nothing of this client stays on the screen or the device once everything has arrived --------------------

async function leave() {
  if (!place.closed) answers.add("ended");
  place.closed = true;
  shelf.set(placeKey, place);
  live?.close();
  const arrived = await Promise.race([answers.send(), new Promise((resolve) => setTimeout(resolve, 4000, false))]);
  try {
    if (!arrived) throw new Error("not sent");
    await fetch("/room/leave", { method: "POST" });
  } catch {
    if (place.screen !== "leaving") go("leaving");
    setTimeout(leave, 5000);
    return;
  }
  answers.forget();
  shelf.remove(placeKey);
  location.replace("/room/closed");
}

function goToKept() {
  if (state.ended && !place.closed) return go("ended");
  if (["playing", "instead", "middle", "question", "noting", "missing", "offline"].includes(place.screen)) return go("kept_place");
  return draw();
}

if (place.closed) leave();
else goToKept();
tabs?.postMessage({ session: state.session, from: tabId, here: true });
answers.send();
