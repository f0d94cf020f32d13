// One switch: a frame goes round by itself, and a press anywhere, of any kind, chooses what it frames.
// While music plays every press stops it, without exception, so that no one hunts for Stop.

const BOUNCE_MS = 250;
const ROUNDS = 2;
const scan = { items: [], i: -1, rounds: 0, timer: 0, last: -BOUNCE_MS, isDown: false };

// On a tablet that goes round only some of those who hold it press one switch.
const isScanning = () => is("one_switch");

function scanRound() {
  clearTimeout(scan.timer);
  scan.items[scan.i]?.classList.remove("framed");
  byId("rest")?.remove();
  if (!isScanning()) return;
  // What most people want comes first, so that the frame rests there; Help is always in the round.
  const isHelp = document.body.classList.contains("helping");
  const all = isHelp ? [byId("help-back"), ...byId("help-text").querySelectorAll("a")] : [...byId("screen").querySelectorAll("button:enabled, a"), byId("help")];
  const first = (one) => (one.classList.contains("primary") ? 0 : 1);
  Object.assign(scan, { items: isSounding() ? [] : all.sort((a, b) => first(a) - first(b)), i: -1, rounds: 0 });
  if (scan.items.length) moveFrame();
}

function moveFrame() {
  scan.items[scan.i]?.classList.remove("framed");
  scan.i = (scan.i + 1) % scan.items.length;
  if (scan.i === 0) scan.rounds += 1;
  const isResting = state.scan_s > 0 && scan.rounds > ROUNDS;
  if (isResting) rest();
  const item = scan.items[scan.i];
  item.classList.add("framed");
  item.scrollIntoView({ block: "nearest" });
  announce(isResting ? say("rest") : item.textContent);
  scan.timer = state.scan_s && !isResting ? setTimeout(moveFrame, state.scan_s * 1000) : 0;
}

// After two rounds the frame rests on Go on: nothing happens by waiting, and no answer is given by a late press.
function rest() {
  const isHelp = document.body.classList.contains("helping");
  const here = byId(isHelp ? "help-text" : "screen");
  const goesOn = place.screen === "stopped" && !isHelp;
  here.append(h("div", { id: "rest" }, para("rest"), !goesOn && button("switch_go_on", scanRound, "primary")));
  if (!goesOn) Object.assign(scan, { items: [byId("rest").lastChild], i: 0 });
}

function onPress(event) {
  const isBounce = event.timeStamp - scan.last < BOUNCE_MS;
  if (!isScanning() && !isBounce) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.repeat || !isScanning()) return; // a key held down is one press
  scan.last = event.timeStamp;
  if (isSounding()) stop("switch");
  else if (isBounce) return;
  else if (!state.scan_s && ["Tab", "ArrowRight", "ArrowDown"].includes(event.key)) moveFrame();
  else scan.items[scan.i]?.click();
}

function onDown(event) {
  const isShortcut = event.ctrlKey || event.metaKey || event.altKey; // the browser's own, except while music plays
  if (!event.isTrusted || (isShortcut && !isSounding())) return;
  scan.isDown = isScanning();
  onPress(event);
}

Object.assign(own, {
  playing: () => [],

  stopped: () => [title("stopped_title"), actions(button("switch_go_on", goOnFromStop), others(1).length > 0 && button("different", () => playInstead(others(1)[0])),
    state.known.length > 0 && button("known", playKnown), button("finish", toAfter)), notice()],
});

addEventListener("keydown", onDown, true);
addEventListener("pointerdown", onDown, true);
// The press has done its work, so the click that follows it does nothing; a click without one is a switch's press.
addEventListener("click", (event) => {
  if (!event.isTrusted) return;
  if (scan.isDown) {
    event.preventDefault();
    event.stopPropagation();
  } else onPress(event);
  scan.isDown = false;
}, true);
