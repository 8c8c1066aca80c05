"""The recorder's decisions; the recording itself is tested with a virtual microphone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from companion.errors import BadInputError, MicrophoneError, NotFoundError
from companion.microphone import (
    Device,
    Recorded,
    Zeros,
    choose,
    explained,
    hidden_devices,
    listed,
    loudness,
    resampled,
    silence_help,
    ways,
)

DEVICES = (
    Device(0, "Built-in Microphone", "Core Audio", 1, 48_000, True),
    Device(3, "USB Headset", "ALSA", 1, 44_100, False),
    Device(4, "USB Headset Pro", "ALSA", 2, 48_000, False),
)


class PortAudioError(Exception):
    """Has the arguments that sounddevice gives its error."""


def test_a_device_is_chosen_by_number_name_or_part_of_a_name():
    assert choose(DEVICES, 3) is DEVICES[1]
    assert choose(DEVICES, "4") is DEVICES[2]
    assert choose(DEVICES, "built-in") is DEVICES[0]
    assert choose(DEVICES, "usb headset") is DEVICES[1]  # all of a name goes before a part of another
    assert choose(DEVICES, None) is None


def test_an_ambiguous_name_is_refused_with_the_list():
    with pytest.raises(BadInputError) as refused:
        choose(DEVICES, "usb")
    assert "3  USB Headset (ALSA)" in refused.value.sentence
    assert "4  USB Headset Pro (ALSA)" in refused.value.sentence
    assert "Built-in" not in refused.value.sentence


@pytest.mark.parametrize("wanted", ["webcam", "7", 7])
def test_an_unknown_device_is_refused_with_the_list(wanted):
    with pytest.raises(NotFoundError) as refused:
        choose(DEVICES, wanted)
    assert listed(DEVICES) in refused.value.sentence


def test_no_device_at_all():
    with pytest.raises(MicrophoneError) as refused:
        choose((), "usb")
    assert refused.value.why in ("absent", "forbidden")
    assert "microphone" in refused.value.sentence


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("Error opening RawInputStream: Device unavailable", -9985), "busy"),
        (("Error opening", -9999, (2, -16, "Device or resource busy")), "busy"),
        (("Error opening", -9999, (2, -13, "Permission denied")), "forbidden"),
        (("Error opening", -9999, (13, -2147024891, "AccessDenied 0x80070005")), "forbidden"),
        (("Error querying device -1",), "absent"),
        (("Error opening: Invalid device", -9996), "absent"),
        (("Error opening: Invalid sample rate", -9997), "refused"),
        (("Error opening: Internal PortAudio error", -9986), "failed"),
    ],
)
def test_what_portaudio_says_becomes_a_sentence(arguments, why):
    told = explained(PortAudioError(*arguments), DEVICES[1])
    assert told.why == why
    assert told.sentence.endswith(".")
    assert told.exit_code != 0


def test_the_sentences_name_the_device():
    assert "“USB Headset”" in explained(PortAudioError("x", -9985), DEVICES[1]).sentence


def test_zeros_are_noticed_after_a_second_and_forgotten_at_the_first_sound():
    watch = Zeros()
    nothing, something = np.zeros(1600, np.int16), np.ones(1600, np.int16)
    assert [watch.feed(nothing, 0.1) for _ in range(12)] == [False] * 9 + [True] * 3
    assert watch.all
    assert not watch.feed(something, 0.1)
    assert not watch.all
    assert not watch.feed(nothing, 0.1)


def test_the_rate_of_the_trained_models_is_tried_first_and_none_twice():
    assert ways(48_000, 2) == ((16_000, 1), (48_000, 1), (16_000, 2), (48_000, 2))
    assert ways(16_000, 1) == ((16_000, 1),)
    assert ways(44_100, 32) == ((16_000, 1), (44_100, 1), (16_000, 2), (44_100, 2))


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 48_000, 96_000])
def test_resampling_keeps_length_and_pitch(rate_hz):
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(2 * rate_hz) / rate_hz)).astype(np.int16)
    sound = resampled(tone, rate_hz)
    assert sound.dtype == np.int16
    assert abs(sound.size - 32_000) <= 40
    spectrum = np.abs(np.fft.rfft(sound[:32_000]))
    assert abs(np.argmax(spectrum) * 16_000 / min(sound.size, 32_000) - 440) < 2


def test_resampling_of_nothing_is_nothing():
    assert resampled(np.zeros(0, np.int16), 48_000).size == 0


def test_the_level_follows_the_ear():
    full, soft = np.full(1600, 32_767, np.int16), np.full(1600, 327, np.int16)
    assert loudness(full) == pytest.approx(1.0, abs=0.01)
    assert loudness(soft) == pytest.approx(1 / 3, abs=0.01)
    assert loudness(np.zeros(1600, np.int16)) == 0.0
    assert loudness(np.zeros(0, np.int16)) == 0.0
    assert loudness(np.full(1600, -32_768, np.int16)) == 1.0


def test_much_that_is_missing_is_a_gap():
    sound = np.ones(16_000, np.int16)
    assert Recorded(sound, 16_000, 2.0, 0.5, silent=False, unplugged=False).gaps
    assert not Recorded(sound, 16_000, 1.0, 0.98, silent=False, unplugged=False).gaps


def test_sound_cards_that_this_user_may_not_open(tmp_path: Path):
    assert not hidden_devices(tmp_path, lambda _: False)
    (tmp_path / "pcmC0D0c").touch()
    (tmp_path / "pcmC0D0p").touch()
    assert hidden_devices(tmp_path, lambda _: False)
    assert not hidden_devices(tmp_path, lambda _: True)


@pytest.mark.parametrize("platform", ["darwin", "win32", "linux"])
def test_help_for_silence_says_where_to_look(platform):
    told = silence_help(platform)
    assert "muted" in told
    assert ("Privacy" in told) == (platform != "linux")
