import { run } from "./action.ts";

run();
