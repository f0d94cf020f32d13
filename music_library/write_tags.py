"""Moods written into the files themselves, only when somebody asks: the sound stays as it is, to the byte.

Needs the optional extra `write-tags`. A copy beside the file is tagged, its sound is compared with the original's, and
only then takes the original's place; whatever goes wrong before leaves the file as it was.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from music_library.errors import LibraryError, MissingFileError, UnknownTrackError
from music_library.identity import content_hash

if TYPE_CHECKING:
    from music_library.catalogue import Catalogue
    from music_library.track import Track

NAMES = ("MOOD", "ATTUNE_VALENCE", "ATTUNE_AROUSAL", "ATTUNE_SOURCE")
"""What is written: the mood word, both places from -1 to 1, and whether it is an estimate, a tag or a correction."""


class WriteTagsError(LibraryError):
    """A file whose tags were not written; it is as it was."""

    code = "tags_not_written"


@dataclass(frozen=True)
class Written:
    """What became of one track."""

    track_id: str
    path: str
    error: str | None = None


def can_write_tags() -> bool:
    """Whether the extra `write-tags` is installed."""
    from importlib.util import find_spec

    return find_spec("mutagen") is not None


def require_mutagen() -> None:
    """Refuse, and say how to install what is needed.

    Raises
    ------
    WriteTagsError
        If the extra is not there.
    """
    if not can_write_tags():
        raise WriteTagsError("Writing tags needs the extra write-tags: pip install 'attune[write-tags]'.")


def write_mood_tags(catalogue: Catalogue, track_ids: Iterable[str]) -> Iterator[Written]:
    """Write the mood of each track into its file, one after the other; what fails is named and left as it was.

    Raises
    ------
    WriteTagsError
        If the extra `write-tags` is not installed; nothing is written then.
    """
    require_mutagen()
    for track_id in track_ids:
        path = ""
        try:
            track = catalogue.track(track_id)
            file = catalogue.file_of(track_id)
            path = os.fsencode(file).decode("utf-8", "replace")
            write_file_tags(file, mood_tags(catalogue, track))
        except (WriteTagsError, MissingFileError, UnknownTrackError) as error:
            yield Written(track_id, path, str(error))
        else:
            yield Written(track_id, path)


def mood_tags(catalogue: Catalogue, track: Track) -> dict[str, str]:
    """The tags of one track.

    Raises
    ------
    WriteTagsError
        If no mood of it is known.
    """
    from music_library.own_words import words_in_use
    from recommender.mood import Mood
    from recommender.mood_words import place_of

    if track.valence is None or track.arousal is None:
        raise WriteTagsError(f"{track.path} has no mood yet: scan it first, or place it yourself.", track_id=track.id)
    word = place_of(Mood(track.valence, track.arousal), words_in_use(catalogue))
    return dict(
        zip(NAMES, (word, f"{track.valence:.3f}", f"{track.arousal:.3f}", track.mood_source or ""), strict=True)
    )


def write_file_tags(path: Path, tags: Mapping[str, str]) -> None:
    """Write tags into a file: all or nothing, and only if its sound stays the same.

    Raises
    ------
    WriteTagsError
        If the format holds no tags, the file may not be written, or its sound would change; it is as it was.
    """
    import mutagen

    try:
        with path.open("rb") as file:
            before = content_hash(file)
        handle, name = tempfile.mkstemp(prefix=".attune-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise WriteTagsError(f"{path}: {error.strerror}. Check the rights of the file and its folder.") from error
    copy = Path(name)
    try:
        shutil.copy2(path, copy)
        _set_tags(copy, tags, shown=path)
        with copy.open("rb+") as file:
            if content_hash(file) != before:
                raise WriteTagsError(f"{path}: its sound would have changed, so nothing was written.")
            os.fsync(file.fileno())
        copy.replace(path)
    except OSError as error:
        raise WriteTagsError(f"{path}: {error.strerror}. The file is as it was.") from error
    except mutagen.MutagenError as error:
        raise WriteTagsError(f"{path}: its tags cannot be written ({error}). The file is as it was.") from error
    finally:
        copy.unlink(missing_ok=True)


def _set_tags(file: Path, tags: Mapping[str, str], *, shown: Path) -> None:
    import mutagen
    from mutagen import id3
    from mutagen.mp4 import MP4Tags

    frames: Any = id3  # it has no types
    opened: Any = mutagen.File(file)
    if opened is None:
        raise WriteTagsError(f"{shown}: this format holds no tags that can be written. The file is as it was.")
    if opened.tags is None:
        opened.add_tags()
    tags_of: Any = opened.tags
    if isinstance(opened.tags, id3.ID3):
        for name, text in tags.items():
            frame = (
                frames.TMOO(encoding=3, text=[text])
                if name == "MOOD"
                else frames.TXXX(encoding=3, desc=name, text=[text])
            )
            tags_of.setall(frame.HashKey, [frame])
    elif isinstance(opened.tags, MP4Tags):
        for name, text in tags.items():
            opened.tags[f"----:com.apple.iTunes:{name}"] = [text.encode()]
    else:  # Vorbis comments, of FLAC and Ogg, and APE: names and texts
        for name, text in tags.items():
            opened.tags[name] = [text]
    opened.save()
