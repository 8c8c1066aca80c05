// The device's own keys and its lock screen: what sounds, play, pause, skip, the next moment.

import { step } from "./keys.js";
import { current, stage } from "./sound.js";

const SKIP_S = 5;
const LONGEST_S = 86_400; // where a recording's length is not known yet
const MOST_CHAPTERS = 100; // browsers cut long lists off with a warning; on a lock screen nobody reads one anyway

const session = navigator.mediaSession;

/** The chapters of an episode, as the device's own player lists them; none where it cannot, or they have not come yet. */
function chaptersOf(player) {
  const cues = [...(player.audio.textTracks ?? [])].find((track) => track.kind === "chapters")?.cues;
  if (!cues || cues.length > MOST_CHAPTERS) return [];
  return [...cues].map((cue) => ({ title: cue.text, startTime: cue.startTime }));
}

function describe(player) {
  const card = player.root.closest("[data-moment]");
  const heading = document.querySelector("h1")?.textContent ?? "";
  session.metadata = new MediaMetadata({
    title: (card ? player.name : heading).trim(),
    artist: "Secure Love Companion",
    album: (card?.querySelector("[data-episode]")?.textContent ?? (card ? "" : "Episode")).trim(),
    artwork: [{ src: document.querySelector("link[rel=apple-touch-icon]").href, sizes: "180x180", type: "image/png" }],
    chapterInfo: chaptersOf(player),
  });
}

function place() {
  const player = current();
  if (!player) return;
  session.playbackState = player.audio.paused ? "paused" : "playing";
  const { duration, currentTime, playbackRate } = player.audio;
  session.setPositionState({
    duration: Number.isFinite(duration) ? duration : LONGEST_S,
    position: Math.min(currentTime, Number.isFinite(duration) ? duration : LONGEST_S),
    playbackRate,
  });
}

const HANDLERS = {
  play: () => current()?.play(),
  pause: () => current()?.audio.pause(),
  seekbackward: ({ seekOffset }) => current()?.skip(-(seekOffset ?? SKIP_S)),
  seekforward: ({ seekOffset }) => current()?.skip(seekOffset ?? SKIP_S),
  seekto: ({ seekTime }) => current()?.seek(seekTime),
  previoustrack: () => step(-1),
  nexttrack: () => step(1),
};

if (session) {
  for (const [action, handler] of Object.entries(HANDLERS)) {
    try {
      session.setActionHandler(action, handler);
    } catch {
      // this browser does not know the action
    }
  }
  stage.addEventListener("sounding", (event) => {
    const player = event.detail;
    describe(player);
    if (player.told) return;
    player.told = true;
    const chapters = player.audio.querySelector("track[kind=chapters]");
    if (chapters && "chapterInfo" in MediaMetadata.prototype) {
      chapters.addEventListener("load", () => current() === player && describe(player));
      chapters.track.mode = "hidden"; // now it is loaded, and not before somebody plays
    }
    for (const name of ["playing", "pause", "seeked", "ratechange"]) player.audio.addEventListener(name, place);
  });
}
