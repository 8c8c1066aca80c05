// Sends what a host does to the site: one thing after the other, with the token of the session.

const PATIENCE_MS = 20_000;
const AWAY = "No connection right now.";
const OUT = "You are logged out. Log in again in another tab; what you wrote is kept here and sent then.";
const BUSY = "The site is busy.";

/** The site says no, in a sentence. */
export class Refused extends Error {
  constructor(status, body) {
    super(body?.error || "That did not work. Load the page again and try once more.");
    this.status = status;
    this.body = body ?? {};
  }
}

/** Nobody has answered, or not now: the same can be sent again later. */
export class Later extends Error {}

let last = Promise.resolve();

/** Does things one after the other, so that each knows the revision that the one before has made. */
export function inTurn(work) {
  const now = last.then(work);
  last = now.catch(() => {});
  return now;
}

const tag = () => document.querySelector("meta[name=csrf-token]");

/** After a new login the token is another one: the page itself has it. */
async function renewed() {
  try {
    const answer = await fetch(location.pathname, { cache: "no-store", headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("meta[name=csrf-token]");
    if (!fresh || !tag() || fresh.content === tag().content) return false;
    tag().content = fresh.content;
    return true;
  } catch {
    return false;
  }
}

async function asked(path, options) {
  try {
    const answer = await fetch(path, { ...options, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    return { status: answer.status, ok: answer.ok, body: await answer.json().catch(() => null) };
  } catch {
    throw new Later(AWAY);
  }
}

function understood({ status, ok, body }) {
  if (ok && body) return body;
  if (status === 401) throw new Later(OUT);
  if (status === 429 || status >= 500 || ok) throw new Later(BUSY);
  throw new Refused(status, body);
}

export async function get(path) {
  return understood(await asked(path, { headers: { Accept: "application/json" } }));
}

export async function post(path, values) {
  const send = () =>
    asked(path, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRF-Token": tag()?.content ?? "" },
      body: JSON.stringify(values),
    });
  let answer = await send();
  if (answer.status === 403 && (await renewed())) answer = await send();
  return understood(answer);
}
