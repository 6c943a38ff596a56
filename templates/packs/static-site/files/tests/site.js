// The site as its readers find it: pages by their path, and what they point to.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "parse5";

const { homepage } = JSON.parse(readFileSync("package.json", "utf8"));

/** Where the site is found. Addresses of its own that begin with / begin with this one's path. */
export const ADDRESS = new URL(homepage ?? "https://site.invalid/");

const FOLDER = join(import.meta.dirname, "..", "public");
const POINTING = {
  a: "href",
  area: "href",
  link: "href",
  img: "src",
  script: "src",
  source: "src",
};

/** Paths of all files, with / between folders. */
export const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(FOLDER.length + 1))
  .map((path) => path.replaceAll("\\", "/"))
  .sort();

/** The text of a file. */
export function read(path) {
  return readFileSync(join(FOLDER, path), "utf8");
}

/** Every page by its path. */
export const pages = new Map(
  files.filter((path) => path.endsWith(".html")).map((path) => [path, page(path)]),
);

/** The file behind an address of the site; undefined if there is none. */
export function fileOf(url) {
  const path = decodeURIComponent(url.pathname.slice(ADDRESS.pathname.length));
  const file = path === "" || path.endsWith("/") ? `${path}index.html` : path;
  return files.includes(file) ? file : undefined;
}

/** Whether an address lies on this site. */
export function isOwn(url) {
  return url.origin === ADDRESS.origin && url.pathname.startsWith(ADDRESS.pathname);
}

function page(path) {
  const elements = [...descendants(parse(read(path)))];
  const here = new URL(path, ADDRESS);
  return {
    /** Elements with this name. */
    all: (name) => elements.filter((element) => element.tagName === name),
    ids: new Set(elements.map((element) => attribute(element, "id")).filter(Boolean)),
    targets: elements
      .map((element) => attribute(element, POINTING[element.tagName]))
      .filter((target) => target !== undefined)
      .map((target) => new URL(target, here)),
  };
}

/** The value of an attribute; undefined if it is not there. */
export function attribute(element, name) {
  return element.attrs.find((each) => each.name === name)?.value;
}

/** The text in an element. */
export function textOf(node) {
  return node.value ?? (node.childNodes ?? []).map(textOf).join("");
}

function* descendants(node) {
  for (const child of node.childNodes ?? []) {
    if (child.tagName !== undefined) {
      yield child;
    }
    yield* descendants(child);
  }
}
