// When something goes wrong: what happened, what it means, one button; and the end.

const closing = () => actions(button("close", leave, "primary"));

Object.assign(screens, {
  missing: () => [title("missing_title"), para("missing_text")],

  offline: () => {
    const goOn = async () => {
      if (place.wanted) return go(place.wanted, { wanted: "" });
      const kept = place.order.findIndex((track, n) => n > place.n && sound.kept.get(track));
      if (kept > 0) return playSong(kept);
      const arrived = await arrivedSoon();
      if (arrived && isReached) return playSong(place.n, { from: place.at });
      return announce(say("offline_title"));
    };
    return [title("offline_title"), para(place.wanted ? "offline_wait" : "offline_text"),
      actions(button("go_on", goOn, "primary"), !place.wanted && button("finish", toAfter))];
  },

  kept_place: () => [title("kept_place_title"), para("song_of", { n: place.n + 1, songs: place.order.length }),
    actions(button("go_on", () => playSong(place.n, { from: place.at }), "primary"), button("stop_here", () => go("stopped")))],

  ended: () => [title("ended_title"), para("ended_here"), closing()],

  leaving: () => [title("offline_title"), para("offline_wait"), closing()],

  two_tabs: () => [title("two_tabs_title"), para("two_tabs_text"), actions(button("use_this", takeOver))],
});

// Nothing of this client stays on the screen or the device once everything has arrived.
async function leave() {
  if (!place.closed) answers.add("ended");
  place.closed = true;
  shelf.set(placeKey, place);
  window.stopListening?.();
  const arrived = await arrivedSoon();
  const answer = arrived && (await posted("/room/leave", { session: state.session }));
  if (!answer?.ok) {
    if (place.screen !== "leaving") go("leaving");
    clearTimeout(leave.timer);
    leave.timer = setTimeout(leave, 5000);
    return;
  }
  answers.forget();
  shelf.remove(placeKey);
  location.replace("/room/closed");
}
