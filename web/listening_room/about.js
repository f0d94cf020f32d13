// What is kept about the client: shown, saved, turned on and off, asked for. All of it needs the server.

document.head.append(h("link", { rel: "stylesheet", href: state.later.about_look }));

Object.assign(screens, {
  about: () => {
    const note = notice();
    const ask = (what) => () => decide("/room/ask", { what }, note, "asked_" + what);
    const turn = (use) => {
      const one = press(say("use_" + use), () => {}, "switch", { role: "switch", "aria-checked": "false", disabled: true });
      one.addEventListener("click", async () => {
        const on = one.getAttribute("aria-checked") !== "true";
        if (await decide("/room/about", { use, on }, note, on ? "use_on" : "use_off")) one.setAttribute("aria-checked", on);
      });
      return one;
    };
    const switches = { choose_songs: turn("choose_songs"), improve: turn("improve") };
    if (!state.trial) {
      keptAboutMe().then((kept) => kept && Object.entries(switches).forEach(([use, one]) => {
        one.setAttribute("aria-checked", kept.uses[use]);
        one.disabled = false;
      }));
    }
    return [
      title("about_me"),
      state.trial ? para("about_trial") : [
        para("about_code", { code: state.code }), para("about_keep"), para("about_who", { clinic: state.clinic || say("about_clinic") }),
        note,
        actions(button("about_show", () => go("mine")), h("a", { class: "button", href: "/room/about/copy", download: "my-answers.txt" }, say("about_copy")),
          button("about_notes", ask("notes"))),
        h("p", { class: "above" }, say("about_change")),
        actions(Object.values(switches)),
        soft(say("about_off")),
        actions(button("about_remove", ask("removal")), button("about_complain", () => go("complain")))],
      actions(button("back", () => go(place.back || "hello"), "primary")),
    ];
  },

  mine: () => {
    const list = h("div", { "aria-live": "polite" });
    const when = new Intl.DateTimeFormat(document.documentElement.lang.replace(/^en$/, "en-GB"), { dateStyle: "long", timeStyle: "short" });
    keptAboutMe().then((kept) => {
      if (!kept) return list.append(para("offline_title"));
      return list.append(...kept.sessions.flatMap((one) => [
        h("h2", {}, when.format(new Date(one.at))),
        h("ul", {}, one.answers.map((answer) => h("li", {}, answerSaid(answer))), one.songs.map((song) => h("li", {}, song.title + (song.artist ? " · " + song.artist : ""))),
          one.said.map((text) => h("li", {}, "“" + text + "”")))]));
    });
    return [title("about_show"), list, actions(button("back", () => go("about"), "primary"))];
  },

  complain: () => {
    const note = notice();
    const send = () => textWritten() && decide("/room/ask", { what: "complaint", text: textWritten() }, note, "asked_complaint");
    const box = textBox();
    box.setAttribute("aria-label", say("complain_title"));
    return [title("complain_title"), box, para("complain_reply"), state.clinic_contact && h("p", {}, state.clinic_contact), para("complain_ico"), note,
      actions(button("send", send, "primary"), button("back", () => go("about")))];
  },
});

async function decide(address, said, note, done) {
  const answer = await posted(address, said);
  announce(say(answer?.ok ? done : "told_offline"), note);
  return Boolean(answer?.ok);
}

async function keptAboutMe() {
  const answer = await fetched("/room/about");
  return answer?.ok ? answer.json() : null;
}

function answerSaid({ phase, item, number, choice, missing, own: inOwnWords }) {
  if (inOwnWords) return say("phase_" + phase) + ", " + inOwnWords;
  const name = say("name_" + ({ valence: "feeling", arousal: "energy" }[item] || item));
  const value = missing ? say("missing_answer") : choice ? say("word_" + choice) : say("value_text", { value: Math.round(100 * number) });
  return say("phase_" + phase) + ", " + name + ": " + value;
}
