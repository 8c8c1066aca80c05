// Times are kept in UTC. Here they are shown, and asked for, as the clock on this machine has them.

const pad = (number) => String(Math.trunc(number)).padStart(2, "0");

/** How far a date's local time is from UTC, such as +01:00. */
function offsetOf(date) {
  const minutes = -date.getTimezoneOffset();
  const far = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${pad(far / 60)}:${pad(far % 60)}`;
}

/** A date as a field for date and time wants it. */
function fieldOf(date) {
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}T${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

for (const time of document.querySelectorAll("time[data-local]")) {
  const date = new Date(time.dateTime);
  time.textContent = `${date.toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" })} (your time)`;
}

for (const when of document.querySelectorAll("[data-when]")) {
  const field = when.querySelector("input");
  const zone = when.querySelector("select");
  let chosen = false; // by hand: then it stays
  const fit = () => {
    const offset = offsetOf(field.value ? new Date(field.value) : new Date());
    if (!chosen && [...zone.options].some((option) => option.value === offset)) zone.value = offset;
  };
  if (field.value && zone.value === "+00:00") field.value = fieldOf(new Date(`${field.value}Z`));
  fit();
  zone.addEventListener("change", () => { chosen = true; });
  field.addEventListener("change", fit); // in summer it is another one than in winter
}
