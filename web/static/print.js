// Opens the browser's print view.

for (const button of document.querySelectorAll("[data-act=print]")) button.addEventListener("click", () => print());
