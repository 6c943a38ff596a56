import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    restoreMocks: true,
    unstubEnvs: true,
{% include "_shared/node/vitest-reporters.ts" %}    coverage: {
      include: ["src/**"],
      // It only starts the action, which is tried as a whole by tests/bundle.test.ts.
      exclude: ["src/main.ts"],
      reporter: ["text", "html"],
      thresholds: { branches: 90, functions: 90, lines: 90, statements: 90 },
    },
  },
});
