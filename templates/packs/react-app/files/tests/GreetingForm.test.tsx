import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { GreetingForm } from "../src/GreetingForm.tsx";
import { accessibilityProblems } from "./accessibility.ts";

it("greets by name, without the spaces around it", async () => {
  render(<GreetingForm />);
  await userEvent.type(screen.getByLabelText("Name"), " Ada {Enter}");
  expect(screen.getByRole("status")).toHaveTextContent("Hello, Ada!");
});

it("says what is missing, and takes one back to it", async () => {
  const { container } = render(<GreetingForm />);
  await userEvent.click(screen.getByRole("button", { name: "Greet" }));
  const input = screen.getByLabelText("Name");
  expect(input).toHaveFocus();
  expect(input).toBeInvalid();
  expect(input).toHaveAccessibleDescription("Enter a name.");
  expect(screen.getByRole("status")).toBeEmptyDOMElement();
  expect(await accessibilityProblems(container)).toEqual([]);
});

it("forgets the problem once there is a name", async () => {
  render(<GreetingForm />);
  await userEvent.click(screen.getByRole("button"));
  await userEvent.keyboard("Ada{Enter}");
  expect(screen.getByLabelText("Name")).not.toHaveAccessibleDescription();
  expect(screen.getByRole("status")).toHaveTextContent("Hello, Ada!");
});
