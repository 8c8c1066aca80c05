// Lets the site be used as an app and without a connection, where the browser can; everything works without it, too.

import { root } from "./root.js";

if ("serviceWorker" in navigator) {
  addEventListener("load", () => {
    navigator.serviceWorker.register(`${root}sw.js`, { scope: root }).catch(() => {
      // switched off, or not over https: then there is no offline page, and nothing else is missing
    });
  });
}
