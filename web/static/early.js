// Before the first paint: what needs scripts gets its room, and a press that comes before the scripts are there waits.
(() => {
  document.documentElement.dataset.scripts = "";
  let pressed = null;
  const note = (event) => {
    pressed = event.target.closest("[data-act], [data-keep]");
  };
  document.addEventListener("click", note);
  document.addEventListener("DOMContentLoaded", () => {
    document.removeEventListener("click", note);
    pressed?.click();
  });
})();
