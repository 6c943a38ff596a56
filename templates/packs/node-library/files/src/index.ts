/** The public names of this package. What is not exported here may change at any time. */

export { type Greeting, greet } from "./greeting.js";
