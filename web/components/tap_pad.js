// A pad to tap a speed on: by touch, by any key, or by a switch that acts as one. Times go to the page when tapping rests.
const TAPS = 13; // the last twelve intervals
const FEWEST = 4;
const NEW_START_MS = 3000;
const COUNT_S = 30;

const html = (name, attributes = {}, text = null, parent = null) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== null) node.textContent = text;
  if (parent) parent.append(node);
  return node;
};
const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");

function tapping(root, data, send) {
  const { texts } = data;
  const pad = html("button", { type: "button", class: "pad", "aria-describedby": "told" }, texts.tap, root);
  const told = html("p", { class: "told", id: "told", role: "status" }, data.says || texts.how, root);
  let taps = [];
  let timer = 0;
  const tap = (event) => {
    event.preventDefault();
    pad.focus({ preventScroll: true });
    const at = event.timeStamp;
    if (taps.length && at - taps.at(-1) > NEW_START_MS) taps = [];
    taps = [...taps, at].slice(-TAPS);
    pad.classList.remove("beat");
    void pad.offsetWidth; // begins the flash anew
    pad.classList.add("beat");
    told.textContent = fill(taps.length === 1 ? texts.tap_one : texts.taps, { n: taps.length });
    clearTimeout(timer);
    const rest = taps.length > 1 ? Math.max(1200, 2 * (taps.at(-1) - taps.at(-2))) : NEW_START_MS;
    timer = setTimeout(() => taps.length >= FEWEST && send("tapped", taps.map((ms) => (ms - taps[0]) / 1000)), rest);
  };
  pad.addEventListener("pointerdown", tap);
  pad.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || ["Tab", "Escape", "Shift"].includes(event.key)) return;
    tap(event);
  });
  return () => clearTimeout(timer);
}

function counting(root, data) {
  const { texts } = data;
  const pad = html("button", { type: "button", class: "pad" }, texts.count, root);
  const told = html("p", { class: "told", role: "status" }, texts.count_how, root);
  let timer = 0;
  pad.addEventListener("click", () => {
    clearInterval(timer);
    const ends = performance.now() + COUNT_S * 1000;
    told.textContent = texts.count_now;
    timer = setInterval(() => {
      const left = Math.ceil((ends - performance.now()) / 1000);
      pad.textContent = left > 0 ? String(left) : texts.count_again;
      if (left > 0) return;
      clearInterval(timer);
      told.textContent = texts.count_over;
    }, 100);
  });
  return () => clearInterval(timer);
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".attune-tap");
  if (root.dataset.mode === data.mode) {
    // Drawn again by the page while somebody taps: only what is said changes, the pad keeps its taps and its focus.
    const told = root.querySelector(".told");
    if (told && data.says) told.textContent = data.says;
    return undefined;
  }
  root.dataset.mode = data.mode;
  root.replaceChildren();
  const end = data.mode === "tap" ? tapping(root, data, setTriggerValue) : counting(root, data);
  return () => {
    if (!root.isConnected) end();
  };
}
