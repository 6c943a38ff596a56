/** A greeting for somebody, by a name that is not empty. */
export function greet(name: string): string {
  return `Hello, ${name}!`;
}
