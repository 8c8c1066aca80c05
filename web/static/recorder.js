// The microphone: asked for on a press, measured calmly, let go of after every take.

const SLICE_MS = 250;
const LOOK_MS = 100;
const SILENT_MS = 1500;
const BITS_PER_S = 64_000;
const QUIET_DB = -60; // the bar is empty here, and full at 0
const KINDS = ["audio/webm;codecs=opus", "audio/mp4;codecs=opus", "audio/mp4"];

const WHY_NOT = {
  NotAllowedError: "The microphone was refused. Allow it for this site, at the sign beside the address, then press Record again.",
  NotFoundError: "No microphone was found. Plug one in or switch it on, then press Record again.",
  NotReadableError: "Another program holds the microphone. Close it there, then press Record again.",
  unprotected:
    "Browsers give the microphone to protected addresses only. On the computer that serves this page, open it at http://localhost; from elsewhere, by https.",
  unable: "This browser cannot record. You can hand in a recording below.",
};
WHY_NOT.SecurityError = WHY_NOT.NotAllowedError;
WHY_NOT.OverconstrainedError = WHY_NOT.NotFoundError;
WHY_NOT.AbortError = WHY_NOT.NotReadableError;

/** Why there can be no recording in this browser at this address; "" where there can. */
export function hindrance() {
  if (!navigator.mediaDevices?.getUserMedia) return isSecureContext ? WHY_NOT.unable : WHY_NOT.unprotected;
  return "MediaRecorder" in window ? "" : WHY_NOT.unable;
}

/** A sentence for what went wrong. */
export function whyNot(error) {
  return WHY_NOT[error.name] ?? `The microphone could not be opened (${error.name}). Try again, or hand in a recording below.`;
}

function kind() {
  const safari = /safari/i.test(navigator.userAgent) && !/chrom|android/i.test(navigator.userAgent);
  const order = safari ? KINDS.toReversed() : KINDS; // Safari records WebM of late, and plays it badly
  return order.find((name) => MediaRecorder.isTypeSupported(name)); // none of them: the browser's own
}

/**
 * One recording. Tells "slice" (detail: a Blob), "level" (0..1), "silence", "sound", and in the end "end" (detail:
 * "stopped", "full" or "unplugged").
 */
export class Recorder extends EventTarget {
  #stream = null;
  #sound = null;
  #recorder = null;
  #timer = 0;
  #began = 0;
  #reason = "unplugged";
  #heard = false;
  #looks = 0; // in which the meter was running
  #zeros = 0; // looks in a row

  constructor(maxSeconds) {
    super();
    this.maxSeconds = maxSeconds;
  }

  /** Whether it was listened for long enough and there was nothing but zeros. */
  get silent() {
    return !this.#heard && this.#looks * LOOK_MS >= SILENT_MS;
  }

  /** Asks for the microphone and begins. Throws what the browser throws. */
  async start() {
    const audio = { echoCancellation: false, autoGainControl: false, noiseSuppression: false, channelCount: 1 };
    this.#sound = new AudioContext(); // before anything is waited for: some browsers allow it within the press only
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio });
      this.#begin();
    } catch (error) {
      this.#letGo();
      throw error;
    }
  }

  get mime() {
    return this.#recorder.mimeType;
  }

  /** Seconds since the beginning. */
  get seconds() {
    return (performance.now() - this.#began) / 1000;
  }

  /** Ends the recording; "end" follows when its last slice is out. */
  stop(reason = "stopped") {
    if (this.#recorder?.state !== "recording") return;
    this.#reason = reason;
    this.#recorder.stop();
  }

  /** Gives out what is there so far: the page may be gone in a moment. */
  flush() {
    if (this.#recorder?.state === "recording") this.#recorder.requestData();
  }

  #begin() {
    const mimeType = kind();
    this.#recorder = new MediaRecorder(this.#stream, { mimeType, audioBitsPerSecond: BITS_PER_S });
    this.#recorder.addEventListener("dataavailable", (event) => {
      if (event.data.size) this.dispatchEvent(new CustomEvent("slice", { detail: event.data }));
    });
    this.#recorder.addEventListener("stop", () => {
      this.#letGo();
      // Older browsers give the last slice after this event.
      setTimeout(() => this.dispatchEvent(new CustomEvent("end", { detail: this.#reason })));
    });
    for (const track of this.#stream.getTracks()) track.addEventListener("ended", () => this.stop("unplugged"));
    this.#recorder.start(SLICE_MS);
    this.#began = performance.now();
    this.#measure();
  }

  #measure() {
    const analyser = this.#sound.createAnalyser();
    analyser.fftSize = 2048;
    this.#sound.createMediaStreamSource(this.#stream).connect(analyser);
    this.#sound.resume().catch(() => {}); // without it there is no level, and the recording is whole
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      if (this.seconds >= this.maxSeconds) this.stop("full");
      if (this.#sound?.state !== "running") return;
      analyser.getFloatTimeDomainData(samples);
      this.#look(samples);
    }, LOOK_MS);
  }

  #look(samples) {
    let sum = 0;
    for (const sample of samples) sum += sample * sample;
    const silent = this.#zeros * LOOK_MS >= SILENT_MS;
    this.#looks += 1;
    this.#zeros = sum > 0 ? 0 : this.#zeros + 1;
    this.#heard ||= sum > 0;
    if (silent !== this.#zeros * LOOK_MS >= SILENT_MS) this.dispatchEvent(new Event(silent ? "sound" : "silence"));
    const loud_db = 10 * Math.log10(sum / samples.length || 1e-12);
    this.dispatchEvent(new CustomEvent("level", { detail: Math.min(1, Math.max(0, 1 - loud_db / QUIET_DB)) }));
  }

  // A track that is left open keeps the browser's red sign on, and a second one would be mute on a phone.
  #letGo() {
    clearInterval(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#sound?.close();
    this.#sound = null;
  }
}
