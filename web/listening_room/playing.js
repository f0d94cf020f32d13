// The client's screens from the first song to the last: what plays, what is asked meanwhile, and Stop.

const goOnFromStop = () => {
  answers.add("resumed", { track: place.order[place.n] });
  playSong(place.n, { from: place.at });
};
const finished = () => {
  answers.add("finished", { songs: place.heard.length });
  return "goodbye";
};
const afterAnswers = () => go(withLines ? "last" : finished());
const toAfter = () => (place.is_unsure ? afterAnswers() : go("after"));

Object.assign(screens, {
  playing: () => {
    const isAgain = mode === "again";
    const track = isAgain ? place.again_track : place.order[place.n];
    const note = notice("note");
    const different = () => {
      if (others(1).length) go("instead");
      else announce(say("no_other"), note);
    };
    return [
      h("div", { class: "now" }, heading(titleOf(track)), h("p", { class: "artist" }, artistOf(track)),
        !is("simple", "one_switch") && soft(isAgain ? say("song_again") : say("song_of", { n: place.n + 1, songs: place.order.length }))),
      own.loudness?.(note),
      note,
      !isAgain && (own.playing?.(track, note, different) ?? actions(button("different", different))),
    ];
  },

  stopped: () => {
    const hasKnown = state.known.length > 0;
    if (own.stopped) return own.stopped();
    return [title("stopped_title"), para("take_time"), notice(), actions(
      hasKnown && button("play_known", playKnown), button("go_on_music", goOnFromStop), button("finish", toAfter),
      button("tell", () => tell("stopped")), button("help", openHelp, "quiet"))];
  },
});
