"""What can go wrong with people's records."""

from __future__ import annotations

from typing import Any, ClassVar


class PracticeError(Exception):
    """Root of this room's errors: a code and its values; `str()` is the English sentence."""

    code = "practice_error"

    def __init__(self, message: str, **values: Any) -> None:
        super().__init__(message)
        self.values = values


class NotThereError(PracticeError):
    """Something that does not exist, or is not the asker's: one answer for both, so that nothing can be guessed."""

    code = "not_there"

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"This {kind} is not there, or it is not yours to open. Go back to Today and choose again.", kind=kind
        )


class NotAllowedError(PracticeError):
    """Something that the asker's role never does, whoever the client is."""

    code = "not_allowed"

    def __init__(self, action: str) -> None:
        super().__init__(f"Your account does not do this: {action}. Ask an administrator.", action=action)


class SignInError(PracticeError):
    """A name and password that do not go together: the same answer for an unknown name and a wrong password."""

    code = "sign_in"

    def __init__(self) -> None:
        super().__init__("This name and password do not go together. Check both and try again.")


class LockedOutError(SignInError):
    """Too many tries; the same for names that exist and names that do not."""

    code = "locked_out"

    def __init__(self, wait_minutes: int) -> None:
        PracticeError.__init__(
            self, f"Too many tries. Wait {wait_minutes} minutes and try again.", wait_minutes=wait_minutes
        )


class LinkError(PracticeError):
    """A link that was never made, is used up, ended or too old: one answer for all."""

    code = "link_ended"

    def __init__(self) -> None:
        super().__init__("This link has ended. Ask for a new one.")


class WrongPinError(PracticeError):
    """A PIN that is not the link's; `values["left"]` says how many more tries there are."""

    code = "wrong_pin"

    def __init__(self, left: int) -> None:
        super().__init__(f"Those numbers did not work. You have {left} more tries.", left=left)


class BadAccountError(PracticeError):
    """A name or password that cannot be taken."""

    code = "bad_account"


class BadClientError(PracticeError):
    """Something said about a client that cannot be stored as it is."""

    code = "bad_client"


class BadPlanError(PracticeError):
    """A plan that cannot be stored or approved as it is."""

    code = "bad_plan"


class PlanStateError(PracticeError):
    """A plan that is not in the state that this needs: not approved, superseded, expired, or changed meanwhile."""

    code = "plan_state"


class UnsafePlanError(PracticeError):
    """A plan, or its pool, that holds what this client must not hear; `values["titles"]` names it."""

    code = "unsafe_plan"


class SomeoneMustBePresentError(PracticeError):
    """A session on one's own for a client with whom someone must be."""

    code = "someone_must_be_present"

    def __init__(self) -> None:
        super().__init__(
            "Someone must be in the room for this client. Stay with them, or change the limit in their record."
        )


class RoomClosedError(PracticeError):
    """A listening room that is not open: never made, ended, too late, or open in another window."""

    code = "room_closed"

    def __init__(self, why: str = "ended") -> None:
        super().__init__("This session is over, or it is open somewhere else. Ask your therapist.", why=why)


class BadEventError(PracticeError):
    """An event from a device that is too large or not shaped like one."""

    code = "bad_event"


class DataFileError(PracticeError):
    """A scale, settings or safety file that cannot be used; the message names the file and the line."""

    code = "bad_data_file"


class SettingError(PracticeError):
    """A setting that does not exist, or a value outside its range."""

    code = "bad_setting"


class StoreError(PracticeError):
    """A record that cannot be opened as it is: newer than this program, damaged, or missing."""

    code = "store"


class CannotAskRoomError(PracticeError):
    """A wish that a room cannot be asked for; `values["why"]`: `not_playing`, `last`, `brought`, `none_left`."""

    code = "cannot_ask_room"

    _SAYS: ClassVar[dict[str, str]] = {
        "not_playing": "Nothing plays in this session now. Ask again when a song plays.",
        "last": "This is the last song of the list. Stop it, or let it play.",
        "brought": "A member of the group has brought the next song. Their turn stays.",
        "none_left": "No other song was approved that could come next. Suggest a new list after this session.",
    }

    def __init__(self, why: str) -> None:
        super().__init__(self._SAYS[why], why=why)
