/**
 * A greeting for somebody.
 *
 * @throws RangeError if there is no name
 */
export function greet(name: string, word: string): string {
  if (name === "") {
    throw new RangeError("the input `name` is empty");
  }
  return `${word}, ${name}!`;
}
