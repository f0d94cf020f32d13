// What goes on in a room, quietly: the server tells, and Stop goes straight to it, not through the page.
const WAIT_MS = 3000;

const html = (name, attributes = {}, text = null, parent = null) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== null) node.textContent = text;
  if (parent) parent.append(node);
  return node;
};
const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

class Room {
  constructor(root, data, send) {
    this.root = root;
    this.data = data;
    this.send = send;
    this.stream = data.stream;
    this.playing = null;
    this.stopAsked = 0;
    const { texts } = data;
    this.now = html("p", { class: "now", "aria-live": "polite" }, texts.waiting, root);
    this.facts = html("p", { class: "facts" }, "", root);
    this.next = html("p", { class: "next" }, "", root);
    this.answer = html("p", { class: "answer" }, "", root);
    this.stop = html("button", { type: "button", class: "stop" }, texts.stop, root);
    this.told = html("p", { class: "told", role: "status" }, "", root);
    const leading = html("div", { class: "leading" }, null, root);
    this.different = html("button", { type: "button" }, texts.different, leading);
    this.closing = html("button", { type: "button" }, texts.closing, leading);
    this.asked = html("p", { class: "asked", role: "status" }, "", root);
    const tools = html("div", { class: "tools" }, null, root);
    this.text = html("input", { type: "text", maxlength: "300", "aria-label": texts.note, placeholder: texts.note }, null, tools);
    this.mark = html("button", { type: "button" }, texts.mark, tools);
    this.messages = html("ul", { class: "messages", "aria-live": "polite" }, null, root);
    this.stop.addEventListener("click", () => this.askToStop());
    this.mark.addEventListener("click", () => this.markMoment());
    this.different.addEventListener("click", () => this.askFor("different"));
    this.closing.addEventListener("click", () => this.askFor("closing"));
    // The page asks every two seconds; this stream only makes it ask at once, and notices a lost connection.
    this.source = new EventSource(data.stream);
    this.source.addEventListener("message", () => this.send("news", Date.now()));
    this.source.addEventListener("error", () => this.source.readyState === EventSource.CONNECTING && (this.told.textContent = texts.lost));
    this.source.addEventListener("open", () => this.told.textContent === texts.lost && (this.told.textContent = ""));
    this.ticking = setInterval(() => this.tick(), 1000);
  }

  take(data) {
    this.data = data;
    const { texts, songs, state } = data;
    const { order } = state;
    const id = state.playing?.track_id;
    this.playing = id ? { ...(songs[id] || { title: texts.unknown_song, facts: "", duration_s: 0 }), id, since: Date.parse(state.playing.since) } : null;
    const comes = id && order[order.indexOf(id) + 1];
    const following = songs[comes];
    this.next.textContent = following ? fill(texts.next, following) : "";
    this.facts.textContent = this.playing ? [this.playing.facts, this.playing.join_in].filter(Boolean).join("\n") : "";
    if (!this.playing) this.now.textContent = !state.is_open ? texts.over : state.stopped_at ? texts.stopped : state.songs_started ? texts.between : texts.waiting;
    if (this.stopAsked && (Date.parse(state.stopped_at) >= this.stopAsked - 2000 || !state.is_open)) {
      this.stopAsked = 0;
      this.told.textContent = texts.stopped;
    }
    this.different.disabled = this.closing.disabled = !state.is_open || !comes;
    if (this.wish && (this.wish.what === "different" ? comes === this.wish.track : id === this.wish.track)) {
      this.asked.textContent = fill(texts.comes, songs[this.wish.track] || { title: texts.unknown_song });
      this.wish = null;
    }
    this.root.classList.toggle("over", !state.is_open);
    this.stop.disabled = !state.is_open;
    this.mark.disabled = !state.is_open;
    if (!state.is_open) this.source.close();
    this.answer.textContent = state.answered ? fill(texts.answered, { time: state.answered.time, words: this.inWords(state.answered) }) : "";
    const lines = state.said.map((said) => `${said.time}  ${texts[`message_${said.kind}`] || ""} ${said.text}`.trim());
    if (lines.join("\n") !== [...this.messages.children].map((item) => item.textContent).join("\n")) {
      this.messages.replaceChildren();
      for (const line of lines) html("li", {}, line, this.messages);
    }
    this.tick();
  }

  inWords(values) {
    const { texts } = this.data;
    const one = (value, low, high) => value === null || value === undefined ? null : value < 0.4 ? low : value > 0.6 ? high : texts.middle;
    const said = [one(values.valence, texts.feels_bad, texts.feels_good), one(values.arousal, texts.low_energy, texts.high_energy)];
    return said.filter(Boolean).join(", ") || texts.not_said;
  }

  tick() {
    if (!this.playing) return;
    const at = Math.max(0, Math.min((Date.now() - this.playing.since) / 1000, this.playing.duration_s));
    this.now.textContent = fill(this.data.texts.now, { ...this.playing, at: clock(at), length: clock(this.playing.duration_s) });
  }

  async askToStop() {
    const { texts } = this.data;
    this.stopAsked = Date.now();
    this.told.textContent = texts.stopping;
    const asked = this.stopAsked;
    setTimeout(() => this.stopAsked === asked && (this.told.textContent = texts.not_stopped), WAIT_MS);
    try {
      const answer = await fetch(this.data.stop, { method: "POST" });
      if (!answer.ok) this.told.textContent = texts.not_stopped;
    } catch {
      this.told.textContent = texts.not_stopped;
    }
  }

  // The room does it and says so; what it does not answer is said too, because then nothing has changed.
  async askFor(what) {
    const { texts } = this.data;
    const wish = { what };
    this.wish = null;
    this.asked.textContent = texts.asking;
    const answer = await fetch(this.data[what], { method: "POST" }).catch(() => null);
    const said = await answer?.json().catch(() => null);
    if (!answer?.ok) {
      this.asked.textContent = texts[`cannot_${said?.why}`] || texts.not_asked;
      return;
    }
    this.wish = Object.assign(wish, { track: said.track_id });
    setTimeout(() => this.wish === wish && (this.asked.textContent = texts.not_asked), WAIT_MS);
    this.send("news", Date.now());
  }

  markMoment() {
    const at = this.playing ? Math.max(0, (Date.now() - this.playing.since) / 1000) : null;
    this.send("marked", { track_id: this.playing ? this.playing.id : null, position_s: at, text: this.text.value });
    this.text.value = "";
    this.told.textContent = this.data.texts.marked;
  }

  end() {
    clearInterval(this.ticking);
    this.source.close();
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".attune-live");
  if (root.room && root.room.data.session_id !== data.session_id) {
    root.room.end();
    root.replaceChildren();
    root.room = null;
  }
  root.room ??= new Room(root, data, (name, value) => setTriggerValue(name, value));
  root.room.send = (name, value) => setTriggerValue(name, value);
  root.room.take(data);
  return () => {
    if (!root.isConnected) root.room?.end();
  };
}
