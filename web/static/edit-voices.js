// The voices: hear five seconds of one, say who it is, give all its lines to another.

import { fold } from "./edit-model.js";

const PATHS = { name: "voices/name", new: "voices/new", join: "voices/join", remove: "voices/remove" };
const SAID = { name: "Named.", new: "Added.", join: "All lines are given over.", remove: "Removed." };

export function startVoices({ transcript, drafts, sound, say, problem }) {
  const panel = document.querySelector("[data-panel=voices]");
  const list = panel.querySelector("[data-voices]");
  const model = panel.querySelector("[data-voice-model]");

  function itemOf(voice) {
    const found = [...list.children].find((item) => item.dataset.voiceLabel === voice.label);
    if (found) return found;
    const item = model.content.firstElementChild.cloneNode(true);
    item.dataset.voiceLabel = voice.label;
    for (const field of item.querySelectorAll("input[name=voice]")) field.value = voice.label;
    item.querySelectorAll("[data-scripted]").forEach((part) => (part.hidden = false));
    list.append(item);
    return item;
  }

  function draw(voice) {
    const item = itemOf(voice);
    const others = transcript.voices.filter((other) => other.label !== voice.label);
    item.querySelector("[data-name]").textContent = voice.name;
    item.querySelector("[data-count]").textContent = `${voice.lines} ${voice.lines === 1 ? "line" : "lines"}`;
    item.querySelector("[data-unnamed]").hidden = voice.confirmed;
    for (const node of item.querySelectorAll("[data-of]")) node.textContent = ` of ${voice.name}`;
    const form = item.querySelector("[data-send=name]");
    if (!form.contains(document.activeElement) && !form.dataset.dirty) {
      form.elements.name.value = voice.name;
      form.elements.role.value = voice.role;
    }
    const into = item.querySelector("[data-others]");
    const chosen = into.value;
    into.replaceChildren(...others.map((other) => new Option(other.name, other.label)));
    if (others.some((other) => other.label === chosen)) into.value = chosen;
    item.querySelector("[data-send=remove]").hidden = voice.lines > 0;
    const button = item.querySelector("[data-sample]");
    button.hidden = !voice.sample || !sound;
    if (voice.sample) button.dataset.sample = voice.sample.join(",");
  }

  transcript.addEventListener("voices", () => {
    const labels = new Set(transcript.voices.map((voice) => voice.label));
    for (const item of [...list.children]) {
      if (labels.has(item.dataset.voiceLabel)) continue;
      const held = item.contains(document.activeElement);
      item.remove();
      if (held) panel.querySelector("summary").focus();
    }
    transcript.voices.forEach(draw);
  });

  panel.addEventListener("input", ({ target }) => {
    const form = target.closest("[data-send=name]");
    if (form) form.dataset.dirty = "yes";
  });

  panel.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-sample]");
    if (!button || !sound) return;
    if (sound.plays && sound.owner === button) {
      sound.stop();
      return;
    }
    const [start, end] = button.dataset.sample.split(",").map(Number);
    sound.play(start, end, 1, button);
  });
  const verb = (button, words) => {
    if (button instanceof HTMLElement) button.querySelector("[data-verb]").textContent = words;
  };
  sound?.addEventListener("playing", ({ detail }) => verb(detail, "Stop"));
  sound?.addEventListener("stopped", ({ detail }) => verb(detail, "Hear five seconds"));

  panel.addEventListener("submit", async (event) => {
    const form = event.target;
    const what = form.dataset.send;
    if (!what) return;
    event.preventDefault();
    problem("");
    const values = Object.fromEntries(["voice", "into", "name", "role"].filter((n) => form.elements[n]).map((n) => [n, form.elements[n].value]));
    if (values.name) values.name = fold(values.name);
    try {
      if (what !== "name") await drafts.saveAll();
      delete form.dataset.dirty;
      await transcript.change(PATHS[what], values);
      if (what === "new") form.reset();
      say(SAID[what]);
    } catch (error) {
      problem(error.message);
    }
  });
}
