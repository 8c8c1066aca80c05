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

/** Copies what stands in a field; where that is not allowed it is marked, to be copied by hand. */
export async function copy(field, say) {
  try {
    await navigator.clipboard.writeText(field.value);
    say("Copied.");
  } catch {
    field.focus();
    field.select();
    say("Marked: copy it from the field.");
  }
}

function show(url) {
  const dialog = document.getElementById("link");
  const field = dialog.querySelector("input");
  field.value = url;
  dialog.showModal();
  field.select();
}
