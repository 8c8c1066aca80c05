// Where the site begins; behind a path prefix it is not "/".

/** The address of the first page. */
export const root = new URL(".", document.querySelector("link[rel=manifest]").href).href;

/** What a page's address ends with: "/" where the site is a copy in files and each page is a folder. */
export const tail = document.documentElement.dataset.tail ?? "";
