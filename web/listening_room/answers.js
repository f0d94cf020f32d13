// What was answered and what happened, kept on the device until the server has it; and the place in the session.

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15000;
const AT_ONCE = 50;
const LATER_MS = 4000;
const CALM_MS = 30000;
const PATIENCE_MS = 10000;
// What nobody waits for travels with the next that somebody does.
const CALM = new Set(["started", "first_song", "preview", "none_of_these", "level"]);
const URGENT = new Set(["check_in", "stopped", "told", "upset", "asked", "not_mine", "mood_moved", "finished", "ended"]);

// Ids are made here, so that an answer sent twice is stored once. getRandomValues also works without TLS.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Some networks swallow what is sent and say nothing: given up after a while, so that nothing behind it waits for ever.
function patient(address, options) {
  const late = new AbortController();
  setTimeout(() => late.abort(), PATIENCE_MS);
  return fetch(address, { ...options, signal: late.signal });
}

// Private windows and full disks refuse to store; then this page remembers as long as it is open.
class Shelf {
  constructor() {
    this.memory = new Map();
    this.refused = new Set(); // what is stored of these is older than what is remembered
  }

  get(key) {
    if (this.refused.has(key)) return this.memory.get(key);
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
      this.refused.delete(key);
      return true;
    } catch {
      this.refused.add(key);
      return false;
    }
  }

  keys() {
    try {
      return Object.keys(localStorage);
    } catch {
      return [];
    }
  }

  remove(key) {
    this.memory.delete(key);
    this.refused.delete(key);
    try {
      localStorage.removeItem(key);
    } catch {
      /* nothing was there */
    }
  }
}

const ANSWERS = "attune-answers-";

class Answers {
  constructor(session, shelf, onReach) {
    this.key = ANSWERS + session;
    this.address = "/room/events/" + session;
    this.hasMoved = false; // whether the answer before lies far from the plan
    this.shelf = shelf;
    this.onReach = onReach; // told true or false: whether the server could be reached
    this.wait = FIRST_WAIT_MS;
    this.clockMs = 0; // how far the device's clock is behind
    addEventListener("online", () => this.send());
    addEventListener("pagehide", () => this.lastChance());
  }

  get waiting() {
    return this.shelf.get(this.key) || [];
  }

  add(kind, values = {}) {
    // One after the other, also within one moment: the order tells which song ended and which began.
    this.at = Math.max(Date.now() + this.clockMs, (this.at || 0) + 1);
    const event = { id: newId(), kind, at: new Date(this.at).toISOString(), values };
    this.shelf.set(this.key, [...this.waiting, event]);
    this.soon(URGENT.has(kind) ? 200 : CALM.has(kind) ? CALM_MS : LATER_MS);
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
    let most = AT_ONCE;
    let due = this.waiting.length;
    for (;;) {
      const batch = this.waiting.slice(0, most);
      if (!batch.length) return true;
      let answer;
      try {
        answer = await patient(this.address, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ events: batch }),
        });
      } catch {
        answer = null;
      }
      // What is no answer of ours, as the sign-in page of a guest network, has stored nothing.
      const told = answer?.ok ? await answer.json().catch(() => null) : null;
      if (answer?.ok && told?.new === undefined) answer = null;
      const reached = Boolean(answer) && answer.status < 500;
      this.onReach(reached);
      if (answer && answer.status === 404) return true; // the session is over for good: nobody takes more
      // One that the server will never take must not keep the others: found by sending them one by one.
      const isRefused = answer?.status === 400;
      if (isRefused && batch.length > 1) {
        most = 1;
        continue;
      }
      if (!answer?.ok && !isRefused) {
        this.soon(this.wait);
        this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
        return false;
      }
      this.wait = FIRST_WAIT_MS;
      this.hasMoved = told?.mood_moved ?? this.hasMoved;
      const sent = new Set(batch.map((event) => event.id));
      const rest = this.waiting.filter((event) => !sent.has(event.id));
      this.shelf.set(this.key, rest);
      // What came meanwhile and may wait waits for company.
      due -= batch.length;
      if (due > 0 || !rest.length || rest.some((event) => !CALM.has(event.kind))) continue;
      this.soon(CALM_MS);
      return true;
    }
  }

  // The page is going: hand over what waits; it stays here too, and arriving twice does no harm.
  lastChance() {
    const batch = this.waiting.slice(0, AT_ONCE);
    if (!batch.length || !navigator.sendBeacon) return;
    navigator.sendBeacon(this.address, new Blob([JSON.stringify({ events: batch })], { type: "application/json" }));
  }

  forget() {
    this.shelf.remove(this.key);
  }
}

// An earlier session on this device that ended without a connection: its answers go to it, its place is forgotten.
function handInOthers(shelf, session) {
  for (const key of shelf.keys()) {
    if (!key.startsWith("attune-") || key.endsWith(session)) continue;
    if (!key.startsWith(ANSWERS)) shelf.remove(key);
    else new Answers(key.slice(ANSWERS.length), shelf, () => {}).send().then((arrived) => arrived && shelf.remove(key));
  }
}
