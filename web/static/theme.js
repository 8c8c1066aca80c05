// Sets the chosen colours before the first paint; the device's own unless somebody chose others.
(() => {
  const KEY = "colours";
  const NEXT = { "": "light", light: "dark", dark: "" };
  const WORDS = { "": "as the device", light: "light", dark: "dark" };
  const root = document.documentElement;

  function stored() {
    try {
      const value = localStorage.getItem(KEY) ?? "";
      return value in NEXT ? value : "";
    } catch {
      return ""; // storage is switched off: the choice lasts for this page
    }
  }

  function apply(value) {
    if (value) root.dataset.theme = value;
    else delete root.dataset.theme;
  }

  let chosen = stored();
  apply(chosen);

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-switch]");
    const say = () => {
      button.textContent = `Light or dark: ${WORDS[chosen]}`;
    };
    button.addEventListener("click", () => {
      chosen = NEXT[chosen];
      apply(chosen);
      say();
      try {
        localStorage.setItem(KEY, chosen);
      } catch {
        // as above
      }
    });
    say();
  });
})();
