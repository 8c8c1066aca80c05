// Where the site begins; behind a path prefix it is not "/".

/** The address of the first page. */
export const root = new URL(".", document.querySelector("link[rel=manifest]").href).href;
