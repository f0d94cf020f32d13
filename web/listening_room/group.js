// A group's rooms: the screen that all see and that plays, a tablet that goes round, and each member's own tablet.

const group = state.group;
const isHost = group.role === "host";
const goesRound = isHost && group.how === "passed";
const POLL_MS = 3000;

const colourOf = (name) => say("colour_" + name);
const swatch = (name) => {
  const one = h("i", { class: "swatch" });
  one.style.background = group.colours[name];
  return one;
};
const kindOf = (scale) => (scale in WORDS ? "words" : scale === "observed" ? "seen" : "lines");
const inColour = (name, ...more) => h("p", { class: "sign" }, h("span", {}, swatch(name), ...more));
const broughtBy = (n) => group.turns.find((turn) => turn.position === n)?.colour;
const unlessEmpty = (text) => (text ? soft(text) : null);

// On a tablet that goes round every answer carries whose it is, and nothing of it stays for the next one to see.
let holder = null;
const addAnswer = answers.add.bind(answers);
answers.add = (kind, values = {}) => addAnswer(kind, holder === null ? values : { ...values, seat: holder });
const standard = { preset: state.preset, scale: state.scale };

function hold(seat) {
  holder = seat ? seat.number : null;
  state.preset = seat ? seat.preset : standard.preset;
  state.scale = seat ? { id: seat.scale, kind: kindOf(seat.scale), feeling_first: seat.feeling_first, tension: false } : standard.scale;
  document.body.dataset.preset = state.preset;
}

const roundPhase = () => (place.after_told ? "after" : "before");
const isDone = (seat) => seat.answered.includes(roundPhase()) || (place.done || []).includes(roundPhase() + seat.number);
const waiting = () => group.round.filter((seat) => !isDone(seat));
const afterRound = () => go(roundPhase() === "before" ? "group_given" : "goodbye");

function handOn() {
  const done = [...(place.done || []), roundPhase() + place.holder];
  hold(null);
  draft = {};
  for (const key of ["said", "said_after", "holder", "word_item"]) delete place[key];
  place.done = done;
  if (waiting().length) go("group_round");
  else afterRound();
}

function turnList() {
  if (!group.turns.length) return null;
  return [h("h2", {}, say("turns_title")), h("ol", { class: "cards plain" }, group.turns.map((turn) =>
    h("li", { class: "turn" }, swatch(turn.colour), colourOf(turn.colour))))];
}

const leadsNext = () => group.next && inColour(group.next, say("leads_next", { colour: colourOf(group.next) }));

function passSong() {
  answers.add("skipped", { track: place.order[place.n], at_s: Math.round(isSounding() ? sound.at : place.at) });
  if (place.n + 1 < place.order.length) return playSong(place.n + 1, { fade: state.sound.cross_fade_s });
  if (isSounding()) silence();
  return go("after");
}

const hostScreens = {
  group_round: () => {
    hold(null);
    return [
      title("round_title"),
      para("round_text"),
      actions(
        waiting().map((seat) => h("button", { type: "button", class: "word", onclick: () => go("group_hold", { holder: seat.number }) }, swatch(seat.colour), colourOf(seat.colour))),
        button("round_over", afterRound, "quiet")),
    ];
  },

  group_hold: () => {
    const seat = group.round.find((one) => one.number === place.holder);
    hold(seat); // in their own way from here on: large, calm, or with a frame for one switch
    const pass = () => {
      answers.add("passed", { phase: roundPhase() });
      handOn();
    };
    return [
      title("hold_title", { colour: colourOf(seat.colour) }),
      inColour(seat.colour, colourOf(seat.colour)),
      para("hold_text"),
      actions(button("start", () => go("group_rate"), "primary"), button("i_pass", pass), button("go_back", () => go("group_round"), "quiet")),
    ];
  },

  group_rate: () => {
    hold(group.round.find((one) => one.number === place.holder));
    return rate(roundPhase(), handOn);
  },

  refused: () => [title("refused_title"), para("refused_text"), actions(button("next", handOn, "primary"))],

  group_given: () => {
    hold(null);
    return [title("given_title"), para("given_text"), actions(h("a", { class: "button primary", href: "/sign-in/back" }, say("back_password")))];
  },

  group_ready: () => [
    title("ready_title"),
    para("ready_quiet"),
    para("ready_stop"),
    turnList(),
    leadsNext(),
    actions(button("play", () => playSong(place.n), "primary")),
  ],

  playing: () => {
    const track = place.order[place.n];
    const note = notice("note");
    const by = broughtBy(place.n);
    const step = (direction) => {
      const moved = sound.step(direction);
      note.textContent = moved ? "" : say(direction > 0 ? "cap" : "floor");
      if (moved) answers.add("level", { db: sound.levelDb });
    };
    const next = broughtBy(place.n + 1);
    return [
      h("div", { class: "now" }, heading(titleOf(track)), h("p", { class: "artist" }, artistOf(track)), soft(say("song_of", { n: place.n + 1, songs: place.order.length }))),
      by && inColour(by, say("brought_by", { colour: colourOf(by) })),
      h("div", { class: "pair" }, button("quieter", () => step(-1)), button("louder", () => step(1))),
      note,
      next && soft(say("next_turn", { colour: colourOf(next) })),
      actions(button("pass_song", passSong), others(1).length > 0 && button("different", () => go("instead"))),
    ];
  },

  stopped: () => {
    const goOn = () => {
      answers.add("resumed", { track: place.order[place.n] });
      playSong(place.n, { from: place.at });
    };
    return [title("stopped_title"), para("take_time"), actions(
      button("go_on_music", goOn), button("pass_song", passSong), button("finish", () => go("after")), button("help", openHelp, "quiet"))];
  },

  after: () => {
    if (!place.after_told) {
      place.after_told = true;
      shelf.set(placeKey, place);
      answers.add("group_after");
      answers.send();
    }
    return [
      title("share_title"),
      para("share_text"),
      group.prompts && h("ul", {}, ["stood_out", "where_known", "line_to_change", "play_it_to"].map((one) => h("li", {}, say("prompt_" + one)))),
      leadsNext(),
      actions(goesRound && waiting().length > 0 && button("round_after", () => go("group_round"), "primary"),
        button("finish", () => go("goodbye"), goesRound && waiting().length > 0 ? "" : "primary")),
    ];
  },

  goodbye: () => {
    hold(null);
    return [title("over_title"), para("over_text"), leadsNext(), actions(button("close", leave, "primary"), button("go_back", () => go("after"), "quiet"))];
  },
};

function nowPlaying() {
  if (group.phase === "gathering") return [para("wait_text")];
  if (group.phase === "over" || group.phase === "after") return [para("music_over")];
  const track = group.order[group.playing ?? -1] ?? null;
  if (!track) return [para("soon_text")];
  const by = broughtBy(group.playing);
  return [h("div", { class: "now" }, h("p", { class: "large" }, titleOf(track)), unlessEmpty(artistOf(track))), by && inColour(by, say("brought_by", { colour: colourOf(by) }))];
}

const seatScreens = {
  group_hello: () => {
    const start = () => {
      answers.add("started");
      go("before");
    };
    return [
      title("hello_title"),
      inColour(group.colour, say("you_are", { colour: colourOf(group.colour) })),
      signLine(),
      para("own_text"),
      soft(whoIsThere()),
      actions(button("start", start, "primary"), button("i_pass", () => go("group_now"))),
      h("p", { class: "small" }, button("about_me", () => go("about", { back: "group_hello" }), "link")),
    ];
  },

  before: () => rate("before", () => go("group_now")),

  refused: () => [title("refused_title"), para("refused_text"), actions(button("close", leave, "primary"))],

  group_now: () => {
    const live = h("div", { id: "group-now", "aria-live": "polite" }, nowPlaying());
    const mine = group.turns.filter((turn) => turn.colour === group.colour).map((turn) => turn.position + 1);
    return [
      title(group.phase === "gathering" ? "wait_title" : group.phase === "listening" ? "now_title" : "after_music_title"),
      live,
      mine.length > 0 && soft(say(mine.length === 1 ? "your_song" : "your_songs", { places: mine.join(", ") })),
      leadsNext(),
      notice("told", isReached ? "" : say("offline_text")),
      actions(
        (group.phase === "after" || group.phase === "over") && button("how_after", () => go("after"), "primary"),
        button("tell", () => tell("group")),
        button("leave_quietly", () => go("group_leave"), "quiet")),
    ];
  },

  group_leave: () => [title("leave_title"), para("leave_text"), actions(button("leave_yes", leave, "primary"), button("leave_no", () => go("group_now")))],

  after: () => rate("after", () => go("group_thanks")),

  group_thanks: () => [title("given_title"), para("thanks_text"), leadsNext(), actions(button("close", leave, "primary"))],
};

Object.assign(screens, isHost ? hostScreens : seatScreens);

// The list was made anew since this device last looked: begin with it.
if (isHost && place.made !== group.made) {
  Object.assign(place, { made: group.made, order: state.songs, n: 0, at: 0, heard: [], screen: group.made ? "group_ready" : goesRound ? "group_round" : "group_given" });
}
if (!isHost && !(place.screen in seatScreens) && place.screen !== "about" && place.screen !== "mine" && place.screen !== "complain") place.screen = "group_hello";
if (isHost && ["hello", "before"].includes(place.screen)) place.screen = group.made ? "group_ready" : goesRound ? "group_round" : "group_given";

// A member's own tablet asks how far the group is. It plays nothing, and it is told nothing of anybody else.
async function askHow() {
  const was = JSON.stringify(group) + isReached;
  const answer = await fetched("/room/state");
  if (answer?.ok) {
    const fresh = await answer.json();
    Object.assign(group, fresh.group);
    state.tracks = fresh.tracks;
    isReached = true;
  } else if (answer?.status === 404) group.phase = "over";
  else isReached = false;
  if (JSON.stringify(group) + isReached !== was && place.screen === "group_now") draw();
}
if (!isHost) setInterval(() => place.screen === "group_now" && askHow(), POLL_MS);
