// The list of a plan: one row a song, in order, with why it is there. Everything that came from a file is set as text.
const HEARD_S = 15;
const FADE_MS = 400;
const LEVEL = 0.25; // -12 dB: the level at which a session starts

function glyph(song, parent) {
  const size = 44;
  const half = size / 2 - 2;
  const picture = svg("svg", { class: "glyph", viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": song.spread_says }, parent);
  svg("title", {}, picture).textContent = song.spread_says;
  const place = { x: size / 2 + song.at[0] * half, y: size / 2 - song.at[1] * half };
  svg("rect", { class: "frame", x: 1, y: 1, width: size - 2, height: size - 2, rx: 6 }, picture);
  svg("line", { class: "axis", x1: 1, x2: size - 1, y1: size / 2, y2: size / 2 }, picture);
  svg("line", { class: "axis", y1: 1, y2: size - 1, x1: size / 2, x2: size / 2 }, picture);
  svg("ellipse", { class: "spread", cx: place.x, cy: place.y, rx: song.spread[0] * half, ry: song.spread[1] * half }, picture);
  svg("circle", { class: "dot", cx: place.x, cy: place.y, r: 3.2 }, picture);
}

class Preview {
  // One song sounds at once on the whole page, whichever list it stands in.
  static stop() {
    const now = window.attunePreview;
    window.attunePreview = null;
    if (!now) return;
    now.button.setAttribute("aria-pressed", "false");
    now.button.textContent = now.label;
    clearTimeout(now.timer);
    now.sound.pause();
    now.sound.removeAttribute("src");
    now.sound.load();
  }

  static play(button, song, share, texts, isWhole = false) {
    const again = window.attunePreview?.button === button;
    Preview.stop();
    if (again) return;
    const sound = new Audio(`/audio/${encodeURIComponent(song.id)}`);
    const now = { button, sound, label: button.textContent, timer: 0 };
    window.attunePreview = now;
    sound.volume = LEVEL;
    if (!isWhole) sound.addEventListener("loadedmetadata", () => {
      const from = song.from_s === null ? share * sound.duration : song.from_s;
      sound.currentTime = Math.max(0, Math.min(sound.duration - HEARD_S, from));
    }, { once: true });
    sound.addEventListener("error", () => {
      if (window.attunePreview !== now) return;
      Preview.stop();
      button.textContent = texts.cannot_play;
    });
    sound.addEventListener("ended", Preview.stop);
    button.setAttribute("aria-pressed", "true");
    button.textContent = texts.stop;
    sound.play().catch(() => {});
    if (isWhole) return;
    now.timer = setTimeout(() => {
      const fade = setInterval(() => {
        sound.volume = Math.max(0, sound.volume - LEVEL / 8);
        if (sound.volume > 0) return;
        clearInterval(fade);
        if (window.attunePreview === now) Preview.stop();
      }, FADE_MS / 8);
    }, HEARD_S * 1000);
  }
}

function row(song, list, data, send) {
  const { texts, actions } = data;
  const item = html("li", { class: song.locked ? "song locked" : "song" }, null, list);
  html("span", { class: "number", "aria-hidden": "true" }, String(song.n), item);
  const main = html("div", { class: "main" }, null, item);
  const head = html("p", { class: "head" }, null, main);
  html("bdi", { class: "title" }, song.title, head);
  if (song.artist) {
    html("span", { class: "by", "aria-hidden": "true" }, " · ", head);
    html("bdi", { class: "artist" }, song.artist, head);
  }
  if (song.facts) html("p", { class: "facts" }, song.facts, main);
  if (song.why) html("p", { class: "why" }, song.why, main);
  if (song.sounds?.length) {
    const more = html("details", { class: "sounds" }, null, main);
    html("summary", {}, texts.sounds, more);
    for (const line of song.sounds) html("p", {}, line, more);
  }
  if (song.badges.length) {
    const badges = html("ul", { class: "badges" }, null, main);
    for (const badge of song.badges) html("li", {}, badge, badges);
  }
  const side = html("div", { class: "side" }, null, item);
  if (song.spread_says) glyph(song, side);
  const tools = html("div", { class: "tools" }, null, actions.length ? main : side);
  const named = (label) => `${label}: ${song.title}`;
  const hear = song.from_s === null ? texts.hear : texts.hear_15;
  const whole = [[0, hear, hear]];
  const parts = [[0, texts.start], [0.5, texts.middle], [0.92, texts.end]].map(([share, label]) => [share, label, `${texts.hear} ${label}`]);
  if (actions.includes("hear")) html("span", { class: "hear", "aria-hidden": "true" }, texts.hear, tools);
  for (const [share, label, says] of actions.includes("hear") ? parts : whole) {
    const button = html("button", { type: "button", "aria-pressed": "false", "aria-label": named(says) }, label, tools);
    button.addEventListener("click", () => Preview.play(button, song, share, texts));
  }
  if (actions.includes("whole")) {
    const button = html("button", { type: "button", "aria-pressed": "false", "aria-label": named(`${texts.hear} ${texts.whole}`) }, texts.whole, tools);
    button.addEventListener("click", () => Preview.play(button, song, 0, texts, true));
  }
  for (const name of ["up", "down", "swap", "like", "lock", "never", "take", "open"]) {
    if (!actions.includes(name)) continue;
    const label = name === "lock" && song.locked ? texts.unlock : texts[name];
    const button = html("button", { type: "button", class: name, "aria-label": named(texts[`${name}_says`] || label) }, label, tools);
    if (name === "lock") button.setAttribute("aria-pressed", String(song.locked));
    if ((name === "up" && song.n === 1) || (name === "down" && song.n === data.songs.length)) button.disabled = true;
    button.addEventListener("click", () => send({ action: name, position: song.n - 1, track_id: song.id }));
  }
}

function slotRow(slot, index, list, data, send) {
  const { texts, actions } = data;
  const item = html("li", { class: "song slot" }, null, list);
  html("span", { class: "number", "aria-hidden": "true" }, "–", item);
  const main = html("div", { class: "main" }, null, item);
  html("p", { class: "head" }, slot.text, main);
  if (slot.facts) html("p", { class: "facts" }, slot.facts, main);
  if (!actions.length) return;
  const tools = html("div", { class: "tools" }, null, main);
  for (const [name, label, says] of [["slot_up", texts.up, texts.up_says], ["slot_down", texts.down, texts.down_says], ["slot_out", texts.slot_out, texts.slot_out]]) {
    const button = html("button", { type: "button", class: name, "aria-label": `${says}: ${slot.text}` }, label, tools);
    if ((name === "slot_up" && slot.before <= 1) || (name === "slot_down" && slot.before >= data.songs.length)) button.disabled = true;
    button.addEventListener("click", () => send({ action: name, position: index, track_id: "" }));
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".attune-plan");
  const inside = root.getRootNode().activeElement;
  const focused = inside?.getAttribute("aria-label");
  if (window.attunePreview && root.contains(window.attunePreview.button)) Preview.stop();
  root.replaceChildren();
  // A dialog stands beside the app, not in it, and knows nothing of its light or dark.
  const dialog = (root.getRootNode().host || root).closest('[role="dialog"]');
  const app = document.querySelector('[data-testid="stApp"]');
  if (dialog && app) root.style.colorScheme = getComputedStyle(app).colorScheme;
  const list = html("ol", { "aria-label": data.texts.list }, null, root);
  const send = (value) => setTriggerValue("acted", value);
  const between = (from, to) => data.slots.forEach((slot, index) => slot.before >= from && slot.before < to && slotRow(slot, index, list, data, send));
  for (const song of data.songs) {
    between(song.n - 1, song.n);
    row(song, list, data, send);
  }
  between(data.songs.length, Infinity);
  if (focused) [...root.querySelectorAll("button")].find((b) => b.getAttribute("aria-label") === focused)?.focus();
  return () => {
    if (!root.isConnected) Preview.stop();
  };
}
