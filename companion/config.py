"""Settings: each with its unit, its default, and a line that says what it is for.

Every setting can be given as an environment variable `COMPANION_<NAME>`. docs/settings.md lists them all; a test
compares.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import platformdirs

from companion.errors import BadInputError

ENV_PREFIX = "COMPANION_"
_NOWHERE = Path()  # replaced by the platform's data folder in `load`


_YES_NO = {"yes": True, "true": True, "on": True, "1": True, "no": False, "false": False, "off": False, "0": False}


def _yes(text: str) -> bool:
    if text.strip().lower() not in _YES_NO:
        raise ValueError(text)
    return _YES_NO[text.strip().lower()]


def _setting(default: Any, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one library. Immutable: `replace` makes another one."""

    home: Path = _setting(
        _NOWHERE, "The library: one folder with everything in it. Default: the platform's data folder."
    )
    models_folder: Path = _setting(_NOWHERE, "Where downloaded recognisers lie. Default: beside the default library.")
    max_audio_bytes: int = _setting(2_000_000_000, "Largest recording that is taken in, in bytes.")
    max_duration_s: float = _setting(
        6 * 3600.0, "Longest recording that is taken in, in seconds; decoding stops there."
    )
    decode_memory_bytes: int = _setting(
        1_500_000_000, "Address space of the process that decodes a recording, in bytes."
    )
    decode_cpu_s: int = _setting(900, "Processor time of that process, in seconds.")
    decode_wall_s: float = _setting(1800.0, "Time by the clock after which that process is ended, in seconds.")
    decode_idle_s: float = _setting(60.0, "Time without any progress after which that process is ended, in seconds.")
    min_free_bytes: int = _setting(200_000_000, "Room that must stay free on the disk, in bytes.")
    playback_lufs: float = _setting(-16.0, "Loudness of the copy that is played, in LUFS.")
    playback_kbps: int = _setting(96, "Bit rate of the copy that is played, in kbit/s (mono MP3).")
    waveform_peaks: int = _setting(1200, "Number of peaks kept for an episode's waveform.")
    max_tracks: int = _setting(8, "Most tracks (one for each speaker) of an episode.")
    max_speakers: int = _setting(8, "Most voices of an episode.")
    max_caption_bytes: int = _setting(20_000_000, "Largest transcript or caption file that is read, in bytes.")
    upload_chunk_bytes: int = _setting(
        4_000_000, "Largest piece in which a host's browser sends a recording, in bytes."
    )
    max_uploads: int = _setting(20, "Most episodes that may be on their way in through the browser at once.")
    max_upload_bytes: int = _setting(20_000_000_000, "Most bytes that all of them together may have.")
    upload_keep_days: int = _setting(7, "Days after which an upload of which nothing more came is thrown away.")
    max_feed_bytes: int = _setting(20_000_000, "Largest feed that is imported from, all its pages together, in bytes.")
    fetch_idle_s: float = _setting(
        30.0, "Time without a byte after which loading from the web is given up, in seconds."
    )
    fetch_small_s: float = _setting(60.0, "Longest time that loading a feed or a transcript may take, in seconds.")
    fetch_wall_s: float = _setting(7200.0, "Longest time that one try to load a recording may take, in seconds.")
    fetch_tries: int = _setting(6, "Tries to load a recording; each goes on where the one before was cut off.")
    max_query_chars: int = _setting(200, "Longest search, in characters.")
    page_size: int = _setting(20, "Moments or search results on one page.")
    cpu_threads: int = _setting(2, "Threads of the recogniser.")
    model: str = _setting("auto", "Recogniser: auto, a name such as small.en, or the path of a model folder.")
    request_bytes: int = _setting(64_000, "Largest request that the site reads, in bytes.")
    rate_limit: str = _setting("300 per minute", "Requests that one address may make to the site's pages.")
    recover_rate_limit: str = _setting("10 per hour", "Recovery codes that one address may try.")
    host_guesses_per_address: int = _setting(
        10, "Wrong passwords that one address may try within `COMPANION_HOST_GUESSES_S`."
    )
    host_guesses_per_name: int = _setting(
        30, "Wrong passwords that all addresses together may try for one host within that time."
    )
    host_guesses_s: float = _setting(1800.0, "How long a wrong password counts, in seconds.")
    host_session_days: int = _setting(14, "Days after which a host who was not seen must log in again.")
    host_link_hours: int = _setting(24, "Hours for which a link that lets somebody become a host is good.")
    trusted_proxies: int = _setting(
        0, "Proxies before the site whose X-Forwarded-For, -Proto, -Host and -Prefix are believed; 0: none."
    )
    site_url: str = _setting(
        "",
        "Where listeners reach the site, e.g. https://example.org/show; used in the feed and in links for sharing. "
        "Empty: as the request says.",
    )
    show_suggestions: bool = _setting(
        False, "Listeners see suggested moments, too, marked as such: yes or no. Otherwise only those a host approved."
    )
    cover_bytes: int = _setting(8_000_000, "Largest cover, in bytes.")
    old_media_days: int = _setting(
        7, "Days that a published recording stays under its old address after its details have changed."
    )
    podcast_url: str = _setting("", "The podcast's own page, shown in the guide; http or https.")
    blog_url: str = _setting("", "The host's blog, shown in the guide; http or https.")
    course_url: str = _setting("", "The host's course, shown in the guide; http or https.")
    coaching_url: str = _setting("", "The host's coaching, shown in the guide; http or https.")
    clip_max_s: float = _setting(180.0, "Longest moment that can be taken along as sound or video, in seconds.")
    clip_rate_limit: str = _setting("30 per minute", "Clips that one address may ask for.")
    clip_font: str = _setting(
        "", "Font file (TTF or OTF) of videos and pictures; empty: one that comes along, or one of the machine's."
    )
    clips_bytes: int = _setting(
        2_000_000_000, "Room for sounds and pictures of moments, in bytes; the oldest go first and are made again."
    )
    plays_rate_limit: str = _setting("60 per minute", "Plays that one address may tell of.")
    server_threads: int = _setting(8, "Threads of the site's server.")
    kept_pages_bytes: int = _setting(
        32_000_000, "Memory for pages that were made and hold until the library changes, in bytes; 0: keep none."
    )
    practice_keep_days: int = _setting(30, "Days that a practice take is kept, unless its owner chose otherwise.")
    practice_max_s: float = _setting(120.0, "Longest practice take, in seconds.")
    practice_take_bytes: int = _setting(25_000_000, "Largest practice take, in bytes.")
    practice_chunk_bytes: int = _setting(1_000_000, "Largest piece in which a take is sent, in bytes.")
    practice_takes: int = _setting(500, "Most takes of one private space.")
    practice_session_days: int = _setting(
        90, "Days after which a browser that was not seen must show the recovery code."
    )
    help_text: str = _setting(
        "Some of these words speak of harm. You need not carry that alone; here are people to talk to, day and night:",
        "What is said beside the link to help, where a take speaks of violence or self-harm.",
    )
    help_url: str = _setting("https://findahelpline.com/", "The link to help.")

    @classmethod
    def load(cls, home: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
        """Settings from the environment.

        Args:
            home: the library's folder; wins over `COMPANION_HOME`.
            environ: the environment; the process's own by default.

        Raises:
            BadInputError: a value is not of its setting's kind.
        """
        env = os.environ if environ is None else environ
        data = Path(platformdirs.user_data_dir("secure-love-companion", appauthor=False))
        values: dict[str, Any] = {"home": data / "library", "models_folder": data / "models"}
        for f in fields(cls):
            raw = env.get(ENV_PREFIX + f.name.upper())
            if raw is None:
                continue
            kind: type[Any] = Path if f.default is _NOWHERE else type(f.default)
            try:
                values[f.name] = _yes(raw) if kind is bool else kind(raw)
            except ValueError:
                raise BadInputError(
                    f"{ENV_PREFIX}{f.name.upper()} is {raw!r}, not a {kind.__name__}. Change it or leave it out."
                ) from None
        if home is not None:
            values["home"] = home
        for folder in ("home", "models_folder"):
            values[folder] = values[folder].expanduser().absolute()
        return cls(**values)

    def with_(self, **changes: Any) -> Settings:
        """The same settings with some changed."""
        return replace(self, **changes)
