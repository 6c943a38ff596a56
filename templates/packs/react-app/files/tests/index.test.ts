import { expect, it } from "vitest";
import html from "../index.html?raw";

const page = new DOMParser().parseFromString(html, "text/html");

it("tells readers and search engines what it is", () => {
  expect(page.documentElement.lang).not.toBe("");
  expect(page.title).not.toBe("");
  expect(page.querySelector('meta[name="description"]')?.getAttribute("content")).toBeTruthy();
});

it("has nothing that a strict content security policy forbids", () => {
  expect(page.querySelectorAll("script:not([src]), style, [style]")).toHaveLength(0);
  const attributes = [...page.querySelectorAll("*")].flatMap((element) => [...element.attributes]);
  expect(attributes.filter(({ name }) => name.startsWith("on"))).toEqual([]);
});
