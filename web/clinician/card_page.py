"""The hand-over card: one page for whoever is with a client when music plays and no therapist is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from practice.errors import PracticeError
from web.clinician import dates, look, navigation
from web.clinician.access import asker
from web.clinician.client_limits import limit_says
from web.clinician.client_songs import avoid_says, named
from web.components.printing import print_button
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client

GOOD = ("loved", "known_well", "safe")
MOST = 12


def card_page() -> None:
    """Show the card, ready to print."""
    actor = asker()
    try:
        client = stores().record.client(actor, navigation.asked_for("client"))
    except PracticeError as error:
        st.title(say("clinician.card_name"), anchor=False)
        look.notice(str(error), key="card")
        return
    with st.container(key=f"head-{look.of_client(client)}"):
        st.title(say("clinician.card_title", sign=client.sign), anchor=False)
    look.quiet(say("clinician.card_about", code=client.code, day=dates.day(dates.today())), key="card-about")
    with st.container(horizontal=True, key="no-print-card"):
        print_button(say("clinician.card_print"))
        if st.button(say("clinician.card_back")):
            navigation.go_to("client", client=client.id)
    for title, lines in parts(actor, client):
        st.header(title, anchor=False)
        st.text("\n".join(lines))


def parts(actor: Actor, client: Client) -> list[tuple[str, list[str]]]:
    """Headings with their lines; a part with nothing to say is left out."""
    record = stores().record
    marks = record.protection(actor, client.id).marks
    good: dict[str, None] = {}
    for name in GOOD:
        tracks = stores().catalogue.tracks_by_id(sorted(getattr(marks, name, frozenset())))
        good |= dict.fromkeys(named(track) for track in tracks)
    helped = [form.helped for form in record.upset_forms(actor, client.id) if form.helped.strip()]
    found = {
        "card_good": list(good)[:MOST],
        "card_never": [avoid_says(entry) for entry in client.avoid][:MOST],
        "card_holds": [limit_says(limit) for limit in client.limits],
        "card_helped": helped[:3],
        "card_if": [say("clinician.card_stop"), say("clinician.card_after_stop"), say("clinician.card_tell")],
    }
    return [(say(f"clinician.{name}"), lines) for name, lines in found.items() if lines]
