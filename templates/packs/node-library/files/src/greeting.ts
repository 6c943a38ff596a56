/** What {@link greet} takes beside a name. */
export interface Greeting {
  /** The word in front of the name; `"Hello"` if it is left out. */
  readonly word?: string;
}

/**
 * A greeting for somebody.
 *
 * @throws RangeError if there is nothing in the name but spaces
 */
export function greet(name: string, { word = "Hello" }: Greeting = {}): string {
  const trimmed = name.trim();
  if (trimmed === "") {
    throw new RangeError("a name needs at least one character");
  }
  return `${word}, ${trimmed}!`;
}
