// Hands a link on: by the device's own sheet where it has one, else by copying, else by showing it to be copied.

/** Shares a link; `say` tells how it went. */
export async function share(title, url, say) {
  if (navigator.canShare?.({ title, url })) {
    try {
      await navigator.share({ title, url });
      return;
    } catch (error) {
      if (error.name === "AbortError") return; // somebody thought better of it
    }
  }
  try {
    await navigator.clipboard.writeText(url);
    say("The link is copied.");
  } catch {
    show(url);
  }
}

function show(url) {
  const dialog = document.getElementById("link");
  const field = dialog.querySelector("input");
  field.value = url;
  dialog.showModal();
  field.select();
}
