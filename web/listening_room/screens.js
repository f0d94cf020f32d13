// The client's screens until the music begins, one function each.

const SOON_ENOUGH_MS = 4000;

function give(phase, values, missing, next) {
  answers.add("check_in", { phase, values, missing });
  if (phase === "before") {
    place.said = values;
    // Who is not sure how they feel is not asked again in this session.
    place.is_unsure = Object.values(values).every((value) => value === null) && Object.values(missing).includes("not_sure");
  }
  next(values);
}

function signLine() {
  if (!state.sign) return null;
  const notMine = () => {
    answers.add("not_mine");
    go("not_mine");
  };
  const swatch = h("i", { class: "swatch" });
  swatch.style.background = state.sign.colour;
  return h("p", { class: "sign" }, say("hello_sign"), " ", h("span", {}, swatch, state.sign.words), button("hello_not_mine", notMine, "quiet"));
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
  if (!is("carer")) answers.add("started");
  go("before");
}

const toFirst = () => go(state.openers.length ? "first" : "ready");

// The server compares the answer with the plan; without it the plan stands.
async function afterBefore() {
  if (!withLines) return toFirst();
  await arrivedSoon();
  return answers.hasMoved ? go("moved") : toFirst();
}

function songCard(track) {
  const name = { title: titleOf(track) };
  return h("li", { "data-track": track },
    h("span", { class: "song" }, h("b", {}, name.title), artistOf(track) && h("span", {}, artistOf(track))),
    press(say("hear"), () => preview(track), "hear", { "aria-label": say("hear_of", name) }),
    press(say("choose", name), () => chooseFirst(track, "chosen"), "choose"));
}

// Whether everything has arrived, as far as somebody can be kept waiting for it.
const arrivedSoon = () => Promise.race([answers.send(), new Promise((resolve) => setTimeout(resolve, SOON_ENOUGH_MS, false))]);

async function tell(where) {
  answers.add("told", { where, screen: place.screen });
  const note = byId("screen").querySelector(".told");
  const said = (arrived) => note && announce(say(!arrived || !isReached ? "told_offline" : state.present ? "told_now" : "told_later"), note);
  const arrived = await arrivedSoon();
  said(arrived);
  if (!arrived && (await answers.send())) said(true); // late, and so much the better
}

const smallLinks = (...links) => h("p", { class: "small" }, links);
const aboutLink = (back) => !is("simple") && button("about_me", () => go("about", { back }), "link");
const otherLanguages = () => state.languages.map(([code, name]) => h("a", { href: "?lang=" + code, lang: code, hreflang: code }, name));

Object.assign(screens, {
  hello: () => [
    title("hello_title"),
    signLine(),
    own.hello ? own.hello() : [para("hello_text"), h("p", {}, howMuch())],
    soft(whoIsThere()),
    actions(button("start", begin, "primary"), button("not_now", () => go("not_now"))),
    smallLinks(aboutLink("hello"), otherLanguages()),
  ],

  not_mine: () => [title("not_mine_title"), para("not_mine_text"), actions(button("back", () => go("hello")))],

  not_now: () => [title("not_now_title"), para("not_now_text"), actions(button("to_start", () => go(firstPlace().screen), "primary"))],

  before: () => {
    const parts = rate("before", afterBefore);
    if (!state.trial || !is("standard")) return parts;
    return [h("div", { class: "lead" }, para("hello_text"), h("p", {}, howMuch()), h("p", {}, whoIsThere()), button("not_now", () => go("not_now"), "quiet")), parts];
  },

  moved: () => {
    const note = notice();
    const yes = async () => {
      answers.add("mood_moved", { answer: "yes" });
      if (state.present) {
        const arrived = await arrivedSoon();
        return announce(say(arrived && isReached ? "told_now" : "told_offline"), note);
      }
      const answer = await posted("/room/order", place.said);
      const order = answer?.ok ? (await answer.json()).order : place.order;
      return go(state.openers.length ? "first" : "ready", { order });
    };
    const no = () => {
      answers.add("mood_moved", { answer: "no" });
      toFirst();
    };
    return [title("moved_title"), para("moved_text"), note, actions(button("moved_yes", yes), button("moved_no", no, "primary"))];
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
      title(place.again ? "first_title_again" : "first_title"),
      h("ul", { class: "cards" }, shown.map(songCard)),
      notice(),
      actions(button("choose_for_me", () => chooseFirst(place.order[0], "chosen_for_me"), "primary"), button("none_of_these", none)),
    ];
  },

  more: () => [
    title(state.known.length ? "known_title" : "no_other"),
    notice(),
    actions(
      state.known.length > 0 && button("say_yes", () => chooseFirst(knownNext(), "known_well"), "primary"),
      button("tell", () => tell("first")),
      button("go_back", () => go("first", { again: false }))),
  ],

  ready: () => [
    title("ready_title"),
    para("ready_quiet"),
    para(is("one_switch") ? "ready_press" : "ready_stop"),
    actions(button("play", () => playSong(0), "primary"), button("go_back", () => go(state.openers.length ? "first" : "before", { again: false }))),
  ],
});
