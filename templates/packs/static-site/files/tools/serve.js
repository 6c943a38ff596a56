// Serves public/ on this machine, as Pages does: `npm start`, or `PORT=3000 npm start`.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import process from "node:process";

const FOLDER = join(import.meta.dirname, "..", "public");
const { homepage } = JSON.parse(await readFile("package.json", "utf8"));
const BASE = new URL(homepage ?? "https://site.invalid/").pathname;
const PORT = Number(process.env.PORT ?? 8000);
const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".jpg": "image/jpeg",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
  ".xml": "application/xml",
};

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  if (!pathname.startsWith(BASE)) {
    response.writeHead(302, { Location: BASE }).end();
    return;
  }
  try {
    const path = decodeURIComponent(pathname.slice(BASE.length));
    // Without what leads out of the folder.
    const inside = normalize(`/${path}${path === "" || path.endsWith("/") ? "index.html" : ""}`);
    const content = await readFile(join(FOLDER, inside));
    const type = TYPES[extname(inside)] ?? "application/octet-stream";
    response.writeHead(200, { "Content-Type": type, "Cache-Control": "no-store" }).end(content);
  } catch {
    const content = await readFile(join(FOLDER, "404.html"));
    response.writeHead(404, { "Content-Type": TYPES[".html"] }).end(content);
  }
});

server.listen(PORT, "127.0.0.1", () => {
  process.stdout.write(`http://localhost:${PORT}${BASE}\n`);
});
