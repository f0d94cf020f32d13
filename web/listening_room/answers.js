// What was answered and what happened, kept on the device until the server has it; and the place in the session.

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15000;
const AT_ONCE = 50;
const LATER_MS = 4000;
const URGENT = new Set(["check_in", "stopped", "told", "upset", "asked", "not_mine", "mood_moved", "finished", "ended"]);

// Ids are made here, so that an answer sent twice is stored once. getRandomValues also works without TLS.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Private windows and full disks refuse to store; then this page remembers as long as it is open.
class Shelf {
  constructor() {
    this.memory = new Map();
  }

  get(key) {
    try {
      const text = localStorage.getItem(key);
      if (text !== null) return JSON.parse(text);
    } catch {
      /* unreadable: as if nothing was there */
    }
    return this.memory.get(key) ?? null;
  }

  set(key, value) {
    this.memory.set(key, value);
    try {
      localStorage.setItem(key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  }

  remove(key) {
    this.memory.delete(key);
    try {
      localStorage.removeItem(key);
    } catch {
      /* nothing was there */
    }
  }
}

class Answers {
  constructor(session, shelf, onReach) {
    this.key = "attune-answers-" + session;
    this.shelf = shelf;
    this.onReach = onReach; // told true or false: whether the server could be reached
    this.wait = FIRST_WAIT_MS;
    addEventListener("online", () => this.send());
    addEventListener("pagehide", () => this.lastChance());
  }

  get waiting() {
    return this.shelf.get(this.key) || [];
  }

  add(kind, values = {}) {
    const event = { id: newId(), kind, at: new Date().toISOString(), values };
    this.shelf.set(this.key, [...this.waiting, event]);
    this.soon(URGENT.has(kind) ? 200 : LATER_MS);
    return event.id;
  }

  soon(ms) {
    const due = Date.now() + ms;
    if (this.timer && this.due <= due) return;
    clearTimeout(this.timer);
    this.due = due;
    this.timer = setTimeout(() => this.send(), ms);
  }

  // Sends what waits; true once nothing does. One sending at a time, and the order is kept.
  async send() {
    if (this.sending) return this.sending;
    this.sending = this.sendAll().finally(() => (this.sending = null));
    return this.sending;
  }

  async sendAll() {
    clearTimeout(this.timer);
    this.timer = 0;
    for (;;) {
      const batch = this.waiting.slice(0, AT_ONCE);
      if (!batch.length) return true;
      let answer;
      try {
        answer = await fetch("/room/events", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ events: batch }),
        });
      } catch {
        answer = null;
      }
      const reached = Boolean(answer) && answer.status < 500;
      this.onReach(reached);
      if (answer && answer.status === 404) return true; // the session is over for good: nobody takes more
      if (!answer || !answer.ok) {
        this.soon(this.wait);
        this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
        return false;
      }
      this.wait = FIRST_WAIT_MS;
      const sent = new Set(batch.map((event) => event.id));
      this.shelf.set(
        this.key,
        this.waiting.filter((event) => !sent.has(event.id)),
      );
    }
  }

  // The page is going: hand over what waits; it stays here too, and arriving twice does no harm.
  lastChance() {
    const batch = this.waiting.slice(0, AT_ONCE);
    if (!batch.length || !navigator.sendBeacon) return;
    navigator.sendBeacon("/room/events", new Blob([JSON.stringify({ events: batch })], { type: "application/json" }));
  }

  forget() {
    this.shelf.remove(this.key);
  }
}
