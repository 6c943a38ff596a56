import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  build: {
    // A page whose policy allows no `data:` addresses cannot show what is written into it.
    assetsInlineLimit: 0,
  },
  test: {
    include: ["tests/**/*.test.{ts,tsx}"],
    environment: "jsdom",
    setupFiles: ["tests/setup.ts"],
    restoreMocks: true,
{% include "_shared/node/vitest-reporters.ts" %}    coverage: {
      include: ["src/**/*.{ts,tsx}"],
      // It only puts the app on the page.
      exclude: ["src/main.tsx"],
      reporter: ["text", "html"],
      thresholds: { branches: 90, functions: 90, lines: 90, statements: 90 },
    },
  },
});
