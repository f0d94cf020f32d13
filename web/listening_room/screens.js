// The client's screens, one function each.

function signLine() {
  if (!state.sign) return null;
  const notMine = () => {
    answers.add("not_mine");
    go("not_mine");
  };
  return h("p", { class: "sign" }, say("hello_sign"), " ",
    h("span", {}, h("i", { class: "swatch", "data-colour": state.sign.colour }), state.sign.words), button(say("hello_not_mine"), notMine, "quiet"));
}

function whoIsThere() {
  if (!state.present) return say("alone");
  return state.room_name ? say("present", { name: state.room_name }) : say("present_unnamed");
}

function howMuch() {
  const minutes = Math.round(state.minutes);
  return state.songs.length === 1 ? say("hello_song", { minutes }) : say("hello_songs", { songs: state.songs.length, minutes });
}

function begin() {
  answers.add("started");
  go("before");
}

const toFirst = () => go(state.openers.length ? "first" : "ready");

// The server compares the answer with the plan; without it the plan stands.
async function afterBefore() {
  if (!is("standard", "calm")) return toFirst();
  const compare = async () => {
    await answers.send();
    const answer = await fetch("/room/state").catch(() => null);
    return answer?.ok ? (await answer.json()).mood_moved : false;
  };
  const late = new Promise((resolve) => setTimeout(resolve, 1500, false));
  const moved = await Promise.race([compare(), late]);
  return moved ? go("moved") : toFirst();
}

function songCard(track) {
  const about = h("span", { class: "song" }, h("b", {}, titleOf(track)), artistOf(track) && h("span", {}, artistOf(track)));
  const hear = h("button", { type: "button", class: "hear", "aria-label": say("hear_of", { title: titleOf(track) }), onclick: () => preview(track) }, say("hear"));
  return h("li", { "data-track": track }, about, hear, button(say("choose", { title: titleOf(track) }), () => chooseFirst(track, "chosen"), "choose"));
}

const songList = (tracks, choose) => h("ul", { class: "cards plain" }, tracks.map((track) => h("li", {}, button(titleOf(track), () => choose(track), "choose"))));

async function tell(where) {
  answers.add("told", { where, screen: place.screen });
  const arrived = await answers.send();
  const note = byId("screen").querySelector(".told");
  if (note) note.textContent = say(!arrived || !isReached ? "told_offline" : state.present ? "told_now" : "told_later");
}

Object.assign(screens, {
  hello: () => [
    title(say("hello_title")),
    signLine(),
    is("calm") ? [para("calm_text"), h("ol", {}, [1, 2, 3, 4, 5].map((n) => h("li", {}, n === 3 ? howMuch().split(". ")[0] + "." : say("calm_" + n)))), state.ask_middle && para("calm_once")]
      : [para(is("carer") ? "carer_text" : "hello_text"), h("p", {}, howMuch())],
    is("calm") && para("calm_stop"),
    soft(whoIsThere()),
    actions(button(say("start"), begin, "primary"), button(say("not_now"), () => go("not_now"))),
    !is("simple", "one_switch") && h("p", { class: "small" }, !is("simple") && button(say("about_me"), () => go("about", { back: "hello" }), "link"), otherLanguages()),
  ],

  not_mine: () => [title(say("not_mine_title")), para("not_mine_text"), actions(button(say("back"), () => go("hello")))],

  not_now: () => [title(say("not_now_title")), para("not_now_text"), actions(button(say("to_start"), () => go(firstPlace().screen), "primary"))],

  refused: () => [title(say("refused_title")), para("refused_text"), actions(button(say("close"), leave, "primary"))],

  before: () => {
    const parts = rate("before", afterBefore);
    if (!state.trial || !is("standard")) return parts;
    const hello = h("div", { class: "lead" }, para("hello_text"), h("p", {}, howMuch()), h("p", {}, whoIsThere()), button(say("not_now"), () => go("not_now"), "quiet"));
    return [hello, parts];
  },

  moved: () => {
    const note = notice("told");
    const yes = async () => {
      answers.add("mood_moved", { answer: "yes" });
      if (state.present) {
        await answers.send();
        note.textContent = say(isReached ? "told_now" : "told_offline");
        return;
      }
      const answer = await fetch("/room/order", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(place.said) }).catch(() => null);
      const order = answer?.ok ? (await answer.json()).order : place.order;
      go(state.openers.length ? "first" : "ready", { order });
    };
    const no = () => {
      answers.add("mood_moved", { answer: "no" });
      toFirst();
    };
    return [title(say("moved_title")), para("moved_text"), note, actions(button(say("moved_yes"), yes), button(say("moved_no"), no, "primary"))];
  },

  first: () => {
    const shown = (place.again ? others(3) : state.openers).slice(0, is("simple") ? 2 : 3);
    const none = () => {
      if (isSounding()) silence();
      answers.add("none_of_these");
      if (!place.again && others(3).length) go("first", { again: true });
      else go("more");
    };
    return [
      title(say(place.again ? "first_title_again" : "first_title")),
      h("ul", { class: "cards" }, shown.map(songCard)),
      actions(button(say("choose_for_me"), () => chooseFirst(place.order[0], "chosen_for_me"), "primary"), button(say("none_of_these"), none)),
    ];
  },

  more: () => [
    title(say("known_title")),
    notice("told"),
    actions(
      state.known.length > 0 && button(say("say_yes"), () => chooseFirst(knownNext(), "known_well"), "primary"),
      button(say("tell"), () => tell("first")),
      button(say("go_back"), () => go("first", { again: false }))),
  ],

  ready: () => [
    title(say("ready_title")),
    para("ready_quiet"),
    para(is("one_switch") ? "ready_press" : "ready_stop"),
    actions(
      button(say("play"), () => playSong(0), "primary"),
      button(say("go_back"), () => go(state.openers.length ? "first" : "before", { again: false }))),
  ],

  playing: () => {
    const isAgain = mode === "again";
    const track = isAgain ? place.again_track : place.order[place.n];
    const note = notice("note");
    const step = (direction) => {
      const moved = sound.step(direction);
      note.textContent = moved ? "" : say(direction > 0 ? "cap" : "floor");
      if (moved) answers.add("level", { db: sound.levelDb });
    };
    const different = () => {
      if (others(1).length) go("instead");
      else note.textContent = say("no_other");
    };
    const liked = (isLiked) => {
      answers.add("liked", { track, liked: isLiked, by: "carer" });
      if (isLiked) note.textContent = say("noted");
      else different();
    };
    const left = place.order.length - place.n - 1;
    const rest = place.order.slice(place.n + 1);
    return [
      h("div", { class: "now" }, title(titleOf(track)), h("p", { class: "artist" }, artistOf(track)),
        !is("simple", "one_switch") && soft(isAgain ? say("song_again") : say("song_of", { n: place.n + 1, songs: place.order.length }))),
      is("standard") && h("div", { class: "pair" }, button(say("quieter"), () => step(-1)), button(say("louder"), () => step(1))),
      note,
      is("calm") && !isAgain && [soft(left === 1 ? say("then_one") : say("then_more", { songs: left })), h("ol", { class: "rest" }, rest.map((one) => h("li", {}, titleOf(one))))],
      is("carer") && para("stop_if"),
      !isAgain && actions(
        is("carer") && [button(say("liked"), () => liked(true)), button(say("disliked"), () => liked(false)), button(say("note_seen"), () => go("noting"))],
        is("standard", "simple", "calm") && button(say("different"), different),
        is("standard") && state.known.length > 0 && button(say("known"), playKnown),
        is("standard") && button(say("how_now"), () => go("middle"), "quiet")),
    ];
  },

  instead: () => [title(say("which_instead")), songList(others(2), (track) => playInstead(track)), actions(button(say("keep_this"), () => go("playing")))],

  noting: () => {
    const note = notice("told");
    const signs = ["singing", "moving", "smiling", "talking", "eyes_closed", "crying", "turning_away", "restless", "asleep"];
    const keep = (what) => {
      answers.add("saw", { what, track: place.order[place.n], at_s: Math.round(sound.at) });
      note.textContent = say("kept_note", { what: say("sign_" + what) });
    };
    return [title(say("note_seen")), h("div", { class: "pair" }, signs.map((what) => button(say("sign_" + what), () => keep(what)))), note, actions(button(say("back"), () => go("playing")))];
  },

  middle: () => {
    sound.duck(true);
    return rate("middle", afterMiddle);
  },

  question: () => {
    const answer = (what, then) => () => {
      answers.add("question", { answer: what });
      sound.duck(false);
      then();
    };
    const goOn = () => go("playing");
    return [title(say("question_title")), actions(
      button(say("keep_playing"), answer("keep_playing", goOn)),
      button(say("sad_ok"), answer("sad_ok", goOn)),
      button(say("different"), answer("different", () => go(others(1).length ? "instead" : "playing"))),
      button(say("stop"), answer("stop", () => stop("button"))))];
  },

  stopped: () => {
    const goOn = () => {
      answers.add("resumed", { track: place.order[place.n] });
      playSong(place.n, { from: place.at });
    };
    if (is("one_switch")) {
      return [title(say("stopped_title")), actions(button(say("switch_go_on"), goOn), others(1).length > 0 && button(say("different"), () => playInstead(others(1)[0])),
        state.known.length > 0 && button(say("known"), playKnown), button(say("finish"), () => go("after"))), notice("told")];
    }
    return [title(say("stopped_title")), para("take_time"), notice("told"), actions(
      state.known.length > 0 && button(say("play_known"), playKnown),
      button(say("go_on_music"), goOn),
      button(say("finish"), () => go("after")),
      button(say("tell"), () => tell("stopped")),
      button(say("help"), openHelp, "quiet"))];
  },

  after: () => rate("after", (values) => {
    place.said_after = values;
    go(is("standard", "calm") ? "last" : finished());
  }),

  last: () => {
    draft = {};
    const done = () => {
      const text = byId("words-text").value.trim();
      if (text) answers.add("words", { text });
      if (draft.upset) answers.add("upset", { level: draft.upset });
      if (draft.felt_right !== undefined) answers.add("check_in", { phase: "after", values: { felt_right: draft.felt_right / 100 } });
      go(draft.upset === "a_lot" ? "upset" : finished());
    };
    return [
      title(say("last_title")),
      textBox("last_text"),
      soft(say("last_names") + " " + say(state.present ? "last_reads_now" : "last_reads_later")),
      radios("upset", say("upset_question"), ["no", "a_little", "a_lot", "rather_not"].map((one) => [one, say("upset_" + one)])),
      state.ask_session_line && line("felt_right", "after", "h2"),
      actions(button(say("finish"), done, "primary"), button(say("skip"), () => go(finished()), "quiet")),
    ];
  },

  upset: () => [title(say("upset_title")), notice("told"), actions(button(say("tell"), () => tell("upset"), "primary"), button(say("help"), openHelp), button(say("finish"), () => go(finished())))],

  goodbye: () => {
    const heard = place.heard.length;
    const canKeep = heard > 0 && !state.trial && is("standard", "calm");
    return [
      title(say("over_title")),
      para(heard === 1 ? "heard_song" : heard ? "heard_songs" : "heard_none", { songs: heard }),
      state.show_answers && [["shown_before", place.said], ["shown_after", place.said_after]].map(([key, said]) => said?.valence != null && h("p", {}, say(key, { said: inWords(said) }))),
      notice("told", place.kept ? say("kept", { title: titleOf(place.kept) }) : ""),
      actions(
        button(say("close"), leave, "primary"),
        heard > 0 && !is("simple", "one_switch") && button(say("hear_again"), () => go("again")),
        canKeep && button(say("keep"), () => go("keep"))),
      is("standard", "calm") && h("p", { class: "small" }, button(say("about_me"), () => go("about", { back: "goodbye" }), "link")),
    ];
  },

  again: () => [title(say("again_title")), songList(place.heard, playAgain), actions(button(say("back"), () => go("goodbye")))],

  keep: () => {
    const keep = (track) => {
      answers.add("kept", { song: track });
      go("goodbye", { kept: track });
    };
    return [title(say("keep_title")), songList(place.heard, keep), actions(button(say("back"), () => go("goodbye")))];
  },

  about: () => {
    const note = notice("told");
    const ask = (what) => () => post("/room/ask", { what }, note, "asked_" + what);
    const turn = (use) => {
      const label = h("button", { type: "button", role: "switch", "aria-checked": "false", disabled: true, class: "switch" }, say("use_" + use));
      label.addEventListener("click", async () => {
        const on = label.getAttribute("aria-checked") !== "true";
        if (await post("/room/about", { use, on }, note, on ? "use_on" : "use_off")) label.setAttribute("aria-checked", on);
      });
      return label;
    };
    const switches = { choose_songs: turn("choose_songs"), improve: turn("improve") };
    if (!state.trial) {
      keptAboutMe().then((kept) => kept && Object.entries(switches).forEach(([use, one]) => {
        one.setAttribute("aria-checked", kept.uses[use]);
        one.disabled = false;
      }));
    }
    return [
      title(say("about_me")),
      state.trial ? para("about_trial") : [
        para("about_code", { code: state.code }), para("about_keep"), para("about_who", { clinic: state.clinic || say("about_clinic") }),
        note,
        actions(button(say("about_show"), () => go("mine")), h("a", { class: "button", href: "/room/about/copy", download: "my-answers.txt" }, say("about_copy")),
          button(say("about_notes"), ask("notes"))),
        h("p", { class: "above" }, say("about_change")),
        actions(Object.values(switches)),
        soft(say("about_off")),
        actions(button(say("about_remove"), ask("removal")), button(say("about_complain"), () => go("complain")))],
      actions(button(say("back"), () => go(place.back || "hello"), "primary")),
    ];
  },

  mine: () => {
    const list = h("div", { "aria-live": "polite" });
    const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
    keptAboutMe().then((kept) => {
      if (!kept) return list.append(para("offline_title"));
      return list.append(...kept.sessions.flatMap((one) => [
        h("h2", {}, when.format(new Date(one.at))),
        h("ul", {}, one.answers.map((answer) => h("li", {}, answerSaid(answer))), one.songs.map((song) => h("li", {}, song.title + (song.artist ? " · " + song.artist : ""))),
          one.said.map((text) => h("li", {}, "“" + text + "”")))]));
    });
    return [title(say("about_show")), list, actions(button(say("back"), () => go("about"), "primary"))];
  },

  complain: () => {
    const note = notice("told");
    const send = () => {
      const text = byId("words-text").value.trim();
      if (text) post("/room/ask", { what: "complaint", text }, note, "asked_complaint");
    };
    return [title(say("complain_title")), textBox("complain_text"), para("complain_reply"), state.clinic_contact && h("p", {}, state.clinic_contact), para("complain_ico"), note,
      actions(button(say("send"), send, "primary"), button(say("back"), () => go("about")))];
  },

  missing: () => [title(say("missing_title")), para("missing_text")],

  offline: () => {
    const goOn = async () => {
      const kept = place.order.findIndex((track, n) => n > place.n && sound.kept.get(track));
      if (kept > 0) return playSong(kept);
      const arrived = await answers.send();
      if (arrived && isReached) return playSong(place.n, { from: place.at });
      return announce(say("offline_title"));
    };
    return [title(say("offline_title")), para("offline_text"), actions(button(say("go_on"), goOn, "primary"), button(say("finish"), () => go("after")))];
  },

  kept_place: () => [title(say("kept_place_title")), para("song_of", { n: place.n + 1, songs: place.order.length }), actions(
    button(say("go_on"), () => playSong(place.n, { from: place.at }), "primary"),
    button(say("stop_here"), () => go("stopped")))],

  ended: () => [title(say("ended_title")), para("ended_here"), actions(button(say("close"), leave, "primary"))],

  leaving: () => [title(say("offline_title")), para("offline_wait"), actions(button(say("close"), leave, "primary"))],

  two_tabs: () => [title(say("two_tabs_title")), para("two_tabs_text"), actions(button(say("use_this"), takeOver))],
});

async function post(address, said, note, done) {
  const answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(said) }).catch(() => null);
  note.textContent = say(answer?.ok ? done : "told_offline");
  return Boolean(answer?.ok);
}

async function keptAboutMe() {
  const answer = await fetch("/room/about").catch(() => null);
  return answer?.ok ? answer.json() : null;
}

function answerSaid({ phase, item, number, choice, missing }) {
  const names = { valence: "feeling", arousal: "energy" };
  const name = say("name_" + (names[item] || item));
  const value = missing ? say("missing_answer") : choice ? say("word_" + choice) : say("value_text", { value: Math.round(100 * number) });
  return say("phase_" + phase) + ", " + name + ": " + value;
}

function finished() {
  answers.add("finished", { songs: place.heard.length });
  return "goodbye";
}

function inWords({ valence, arousal }) {
  const side = (value, low, middle, high) => say(value < 0.45 ? low : value > 0.55 ? high : middle);
  return side(valence, "side_bad", "side_middle", "side_good") + ", " + side(arousal ?? 0.5, "side_sleepy", "side_middle_energy", "side_awake");
}

function otherLanguages() {
  return state.languages.map(([code, name]) => h("a", { href: "?lang=" + code, lang: code, hreflang: code }, name));
}
