import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { ErrorBoundary } from "../src/ErrorBoundary.tsx";
import { accessibilityProblems } from "./accessibility.ts";

function Broken(): never {
  throw new Error("broken");
}

it("shows what is in it", () => {
  render(<ErrorBoundary>all is well</ErrorBoundary>);
  expect(screen.getByText("all is well")).toBeVisible();
});

it("offers a way on where something in it fails", async () => {
  // React tells the console of every error that it catches.
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const reload = vi.fn();
  vi.stubGlobal("location", { reload });
  const { container } = render(
    <ErrorBoundary>
      <Broken />
    </ErrorBoundary>,
  );
  expect(screen.getByRole("alert")).toHaveTextContent("Something went wrong");
  expect(await accessibilityProblems(container)).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Load again" }));
  expect(reload).toHaveBeenCalledOnce();
  vi.unstubAllGlobals();
});
