// One file, dist/verify.html, with all that it needs inside, and a policy by which the browser loads nothing else.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

import { build } from "esbuild";

const { outputFiles: [bundle] } = await build({
  entryPoints: ["examples/verify.ts"], bundle: true, minify: true, write: false, format: "iife", platform: "browser",
  target: "es2022", charset: "utf8", legalComments: "none", logLevel: "warning",
});
const script = bundle.text.trim();
const style = readFileSync("examples/verify.css", "utf8").trim();
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const parts = {
  script, style,
  policy: `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`,
};
const page = readFileSync("examples/verify.html", "utf8").replace(/\{\{(\w+)\}\}/g, (_, name) => parts[name]);
mkdirSync("dist", { recursive: true });
writeFileSync("dist/verify.html", page);
console.log(`dist/verify.html: ${Math.round(page.length / 1024)} KiB`);
