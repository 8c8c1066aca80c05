// Before the first paint: what needs scripts gets its room, and a press that comes before they are all there waits.
(() => {
  document.documentElement.dataset.scripts = "";
  let pressed = null;
  const hold = (event) => {
    const button = event.target.closest("[data-act], [data-keep]");
    if (!button) return;
    event.stopImmediatePropagation(); // some scripts may be there already, and one press must not count twice
    pressed = button;
  };
  document.addEventListener("click", hold, { capture: true });
  document.addEventListener("DOMContentLoaded", () => {
    document.removeEventListener("click", hold, { capture: true });
    pressed?.click();
  });
})();
