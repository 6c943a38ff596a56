import assert from "node:assert/strict";
import { test } from "node:test";
import { ADDRESS, attribute, fileOf, files, isOwn, pages, read, textOf } from "./site.js";

for (const [path, page] of pages) {
  test(`${path}: every link and file of this site is there`, () => {
    for (const url of page.targets.filter(isOwn)) {
      const target = fileOf(url);
      assert.ok(target, `${url.pathname} leads nowhere`);
      const fragment = decodeURIComponent(url.hash.slice(1));
      if (fragment !== "" && pages.has(target)) {
        assert.ok(pages.get(target).ids.has(fragment), `${target} has no id "${fragment}"`);
      }
    }
  });

  test(`${path}: what lies elsewhere is linked to by https`, () => {
    for (const url of page.targets.filter((each) => !isOwn(each))) {
      assert.match(url.protocol, /^(https|mailto|tel):$/, `${url}`);
    }
  });

  test(`${path}: has one heading of the first rank, and a description`, () => {
    assert.equal(page.all("h1").length, 1);
    const described = page.all("meta").find((each) => attribute(each, "name") === "description");
    assert.ok(described && attribute(described, "content"), "there is no description");
  });
}

test("no two pages have the same title", () => {
  const titles = [...pages.values()].map((page) => textOf(page.all("title")[0]));
  assert.equal(new Set(titles).size, titles.length, titles.join(", "));
});

test("every page can be reached from the first", () => {
  const reached = new Set(["index.html"]);
  for (const path of reached) {
    const targets = pages.get(path)?.targets ?? [];
    for (const target of targets.filter(isOwn).map(fileOf)) {
      reached.add(target);
    }
  }
  const lost = [...pages.keys()].filter((path) => path !== "404.html" && !reached.has(path));
  assert.deepEqual(lost, []);
});

test("the site map names every page", { skip: !files.includes("sitemap.xml") }, () => {
  const named = [...read("sitemap.xml").matchAll(/<loc>([^<]+)<\/loc>/g)].map(([, url]) => url);
  const wanted = [...pages.keys()]
    .filter((path) => path !== "404.html")
    .map((path) => new URL(path.replace(/(^|\/)index\.html$/, "$1"), ADDRESS).href);
  assert.deepEqual(named.sort(), wanted.sort());
});
