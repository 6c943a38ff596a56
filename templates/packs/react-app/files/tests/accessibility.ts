import axe from "axe-core";

/** What axe holds against an element and what is in it, one line for each rule. */
export async function accessibilityProblems(element: Element): Promise<string[]> {
  // Nothing is drawn in these tests, so nothing has a colour.
  const found = await axe.run(element, { rules: { "color-contrast": { enabled: false } } });
  return found.violations.map(({ id, help, nodes }) => {
    return `${id}: ${help}: ${nodes.map((node) => node.html).join(" ")}`;
  });
}
