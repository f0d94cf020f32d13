"""The listening room in Firefox, whose sound, storage and touch rules are others than Chromium's."""

from __future__ import annotations

import os
import subprocess
import time
from collections import Counter

import pytest

from tests.browser.firefox import running_firefox
from tests.browser.rooms import HEARD, LEVEL, PATIENCE_S, SILENT, make_rooms, wait_for
from tests.conftest import firefox

WATCH = """() => {
    const now = () => sound.context.currentTime;
    window.watched = { pressed: null, heard: 0 };
    const press = () => (watched.pressed = watched.pressed ?? now());
    for (const kind of ["keydown", "click"]) addEventListener(kind, press, true);
    setInterval(() => { if ((%s)() >= %s) watched.heard = now(); }, 5);
}""" % (LEVEL, SILENT)  # noqa: UP031 - a script full of braces
"""By the clock of the sound itself: on a busy machine this page's own runs ahead of what is heard."""

pytestmark = [pytest.mark.firefox, pytest.mark.timeout(300), pytest.mark.xdist_group("firefox")]


@pytest.fixture(scope="module")
def loudspeaker(tmp_path_factory):
    """A loudspeaker that nobody hears: Firefox plays nothing where there is none."""
    folder = tmp_path_factory.mktemp("pulse")
    socket = folder / "native"
    command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "-L", "module-null-sink"]
    command += ["-L", f"module-native-protocol-unix socket={socket} auth-anonymous=1"]
    places = dict.fromkeys(("HOME", "XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH"), str(folder))
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **places})
    wait_for(socket.exists, message="pulseaudio does not start")
    yield f"unix:{socket}"
    process.terminate()
    process.wait(30)


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    rooms = make_rooms(tmp_path_factory.mktemp("clinic") / "home", seconds=20)
    yield rooms
    rooms.kill()


@pytest.fixture(scope="module")
def window(tmp_path_factory, loudspeaker):
    with running_firefox(firefox() or "", tmp_path_factory.mktemp("firefox"), PULSE_SERVER=loudspeaker) as window:
        yield window


@pytest.fixture
def playing(rooms, window):
    """A window in which the first song begins to play, and its session."""
    started = rooms.clinic.start(client_id=rooms.clinic.new_client())
    window.goto(f"{rooms.url}/room/enter/{started.room_token}")
    window.evaluate(
        "window.problems = [], addEventListener('unhandledrejection', (event) => problems.push(String(event.reason)))"
    )
    for name in ("Start", "I am not sure", "You choose for me", "Play"):
        window.press(name)
    wait_for(lambda: window.evaluate(f"({LEVEL})()") > HEARD, message="nothing is heard")
    yield window, started.session_id
    assert window.evaluate("problems") == []


@pytest.mark.parametrize("by", ["Stop", "Escape"])
def test_stop_is_silence_within_a_second(rooms, playing, by):
    window, session_id = playing
    window.evaluate(f"({WATCH})()")
    window.press("Stop") if by == "Stop" else window.key("\ue00c")
    wait_for(lambda: window.evaluate(f"({LEVEL})()") < SILENT, message="it goes on sounding")
    assert window.evaluate("watched.pressed") > 0
    assert window.evaluate("watched.heard - watched.pressed") <= 1
    assert window.evaluate("place.screen") == "stopped"
    wait_for(lambda: "stopped" in rooms.events(session_id), message="Stop did not arrive")


def test_another_song_while_one_still_fades_in_is_heard_and_crosses_with_it(playing):
    window, _ = playing
    fades = "sound.decks.map((deck) => deck.fade.gain.value)"
    assert min(window.evaluate(fades)) < 1
    window.press("Different song")
    window.press(window.evaluate("titleOf(others(1)[0])"))
    until = time.monotonic() + PATIENCE_S
    while min(window.evaluate(fades)) == 0:
        assert time.monotonic() < until, "the songs do not cross"
    wait_for(lambda: window.evaluate(f"sound.now.track !== 't1' && {fades}.includes(1)"), message="it does not fade in")
    assert window.evaluate("sound.now.element.paused") is False
    assert window.evaluate(f"({LEVEL})()") > HEARD


def test_after_the_music_it_is_asked_and_left_with_nothing_kept(rooms, playing):
    window, session_id = playing
    for name in ("Stop", "Finish", "Skip", "Close"):
        window.press(name)
    wait_for(lambda: window.evaluate("location.pathname") == "/room/closed", message="it does not end")
    wait_for(lambda: "ended" in rooms.events(session_id), message="the end did not arrive")
    assert Counter(rooms.events(session_id))["check_in"] == 1
    assert window.evaluate("Object.keys(localStorage).length") == 0
    window.evaluate("window.problems = []")
