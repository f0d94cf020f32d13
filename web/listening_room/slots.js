// Live playing, talk and silence between the songs: the song before plays to its end, and somebody presses to go on.

const slotsAt = (n) => state.slots.filter((slot) => slot.before === n);
const slotNow = () => slotsAt(place.slot_at)[place.slot_nth || 0];

function enterSlot(at, nth = 0) {
  const slot = slotsAt(at)[nth];
  answers.add("slot", { what: slot.kind, before: at + 1 });
  go("slot", { slot_at: at, slot_nth: nth, at: 0 });
}

function leaveSlot() {
  const [at, next] = [place.slot_at, (place.slot_nth || 0) + 1];
  if (next < slotsAt(at).length) return enterSlot(at, next);
  Object.assign(place, { slot_at: null, slot_nth: null });
  if (at >= place.order.length) return toAfter();
  return playSong(at);
}

const toldBetweenSongs = sound.told;
sound.told = (what, track) => {
  const isSlot = mode === "song" && slotsAt(place.n + 1).length > 0;
  if (!isSlot || (what !== "near_end" && what !== "ended")) return toldBetweenSongs(what, track);
  if (what === "near_end") return undefined;
  answers.add("song_ended", { track, n: place.n + 1 });
  silence();
  return enterSlot(place.n + 1);
};

const readyWithoutSlots = screens.ready;
Object.assign(screens, {
  ready: () => {
    if (!slotsAt(0).length || place.slot_begun) return readyWithoutSlots();
    place.slot_begun = true;
    answers.add("slot", { what: slotsAt(0)[0].kind, before: 1 });
    Object.assign(place, { slot_at: 0, slot_nth: 0 });
    return screens.slot();
  },
  slot: () => [
    title("slot_" + (slotNow()?.kind || "talk")),
    para("slot_text"),
    actions(button("go_on", leaveSlot, "primary"), button("finish", toAfter)),
  ],
});
