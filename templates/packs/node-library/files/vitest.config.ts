import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    restoreMocks: true,
{% include "_shared/node/vitest-reporters.ts" %}    coverage: {
      include: ["src/**"],
      // It only names what other files hold.
      exclude: ["src/index.ts"],
      reporter: ["text", "html"],
      thresholds: { branches: 90, functions: 90, lines: 90, statements: 90 },
    },
  },
});
