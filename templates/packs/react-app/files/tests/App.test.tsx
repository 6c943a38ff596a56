import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { App } from "../src/App.tsx";
import { accessibilityProblems } from "./accessibility.ts";

it("shows its title as the one heading of the page", () => {
  render(<App title="Orders" />);
  expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("Orders");
});

it("lets people who use a keyboard skip to the content", async () => {
  render(<App title="Orders" />);
  await userEvent.tab();
  const link = screen.getByRole("link", { name: "Skip to content" });
  expect(link).toHaveFocus();
  expect(link).toHaveAttribute("href", `#${screen.getByRole("main").id}`);
});

it("has no accessibility problem that axe can find", async () => {
  render(<App title="Orders" />);
  expect(await accessibilityProblems(document.body)).toEqual([]);
});
