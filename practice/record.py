"""The record: one class that holds every use, so that the rooms to the right know one name."""

from __future__ import annotations

from pathlib import Path

from practice.access import AccessToClients
from practice.audit import Audit
from practice.clients import Clients
from practice.consent import Consent
from practice.encryption import RecordKey
from practice.erase import Erasures
from practice.export import Exports
from practice.goals import Goals
from practice.group_lists import GroupLists
from practice.group_notes import GroupNotes
from practice.group_rooms import GroupRooms
from practice.group_sessions import GroupSessions
from practice.group_starts import GroupStarts
from practice.groups import Groups
from practice.listeners import Listeners
from practice.live import Live
from practice.looking_after import LookingAfter
from practice.moving import Movements
from practice.next_songs import NextSongs
from practice.notes import Notes
from practice.own_scales import OwnScales
from practice.plans import Plans
from practice.plays import Plays
from practice.retraining import Retraining
from practice.review import Reviews
from practice.room_door import RoomDoor
from practice.session_summaries import SessionSummaries
from practice.sign_ins import SignIns
from practice.site import Site
from practice.store import Clock, Store, now_utc, open_engine
from practice.training_table import Training
from practice.upset_forms import UpsetForms


class Record(
    Plans,
    Groups,
    GroupStarts,
    GroupLists,
    GroupSessions,
    SessionSummaries,
    RoomDoor,
    GroupRooms,
    GroupNotes,
    NextSongs,
    Live,
    UpsetForms,
    Notes,
    Consent,
    Exports,
    Erasures,
    LookingAfter,
    Training,
    Listeners,
    Retraining,
    Goals,
    Reviews,
    Movements,
    Plays,
    OwnScales,
    Clients,
    AccessToClients,
    SignIns,
    Site,
    Audit,
    Store,
):
    """People and what was done with them. Every use is one transaction and names who asks.

    Open it with `Record.open`. It can be shared by the threads of one process, and several processes may open one
    file or server at the same time.
    """

    @classmethod
    def open(
        cls,
        url_or_path: str | Path,
        *,
        create: bool = True,
        clock: Clock = now_utc,
        key: RecordKey | None = None,
    ) -> Record:
        """Open a record, made or brought up to date where needed.

        Parameters
        ----------
        url_or_path : str or Path
            A file, `sqlite:///file`, or a PostgreSQL URL.
        create : bool, default=True
            Whether a missing file is made.
        clock : callable, optional
            Gives the time, aware.
        key : RecordKey, optional
            Of an encrypted record; a missing file is then made encrypted.

        Raises
        ------
        StoreError
            If it is missing and must not be made, damaged, under another key, or written by a newer program. Nothing
            is written then.
        """
        record = cls(open_engine(url_or_path, create=create, key=key), clock=clock, key=key)
        record.erase_leftovers()
        return record
