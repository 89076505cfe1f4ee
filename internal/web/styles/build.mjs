// Builds ../assets/app.css. Run by `make assets`; see README.md, "The look".
//
// Sass gives our selectors GOV.UK Frontend's rules by @extend. What that leaves
// behind is taken out here: its own class names, which no page of ours has, and
// what its rules say of the typeface one by one, which `body` says once.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import CleanCSS from "clean-css";
import postcss from "postcss";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const sources = ["_govuk.scss", "_page.scss", "_staff.scss", "app.scss", "build.mjs", "package-lock.json", "package.json"];
const sha = (...parts) => parts.reduce((h, p) => h.update(p), createHash("sha256")).digest("hex");

const { css } = sass.compile(join(here, "app.scss"), { charset: false, quietDeps: true });
const root = postcss.parse(css);

root.walkAtRules((at) => {
  // Internet Explorer's ways.
  at.params = at.params.replace(/,\s*\(-ms-high-contrast: active\)/, "");
  if (/\\0|[\0\uFFFD]/.test(at.params)) {
    at.remove();
    return;
  }
  if (at.name === "supports" && /-ms-ime-align|caret-color/.test(at.params)) {
    if (/caret-color/.test(at.params)) at.remove();
    else at.replaceWith(at.nodes);
  }
});
root.walkRules((rule) => {
  rule.selectors = rule.selectors
    .filter((s) => !/\.govuk-/.test(s.replace(/:not\(\.govuk-[^)]*\)/g, "")))
    .filter((s) => !/(^|[ >+~])(button|input|select|textarea)[^ >+~]*:(link|visited)/.test(s))
    .map((s) => s.replace(/:not\(\.govuk-[^)]*\)/g, ""))
    .filter((s, i, all) => all.indexOf(s) === i);
  if (rule.selectors.length === 0 || rule.selector === "") rule.remove();
});
// What GOV.UK prints otherwise than it shows is left to the browser, but for
// the colours and what the last part of _page.scss says.
root.walkAtRules("media", (at) => {
  if (at.params === "print" && !at.some((n) => n.type === "rule" && /(^|,)\s*(:root|\.top)/.test(n.selector))) at.remove();
});
root.walkDecls((d) => {
  const own = d.parent.selectors?.some((s) => s === "body");
  if (!own && d.value !== "inherit" && (d.prop === "font-family" || d.prop === "-webkit-font-smoothing" || d.prop === "-moz-osx-font-smoothing")) d.remove();
  if (d.prop.startsWith("-ms-") || d.prop === "-webkit-user-select" || d.prop === "word-wrap" || /decoration-skip/.test(d.prop)) d.remove();
  // All browsers since 2017 know custom properties: the colours stand at :root.
  d.value = d.value.replace(/var\((--govuk-[a-z-]+), [^()]+\)/g, "var($1)");
});
const used = new Set([...root.toString().matchAll(/var\((--govuk-[a-z-]+)/g)].map((m) => m[1]));
root.walkDecls(/^--govuk-/, (d) => { if (!used.has(d.prop)) d.remove(); });
root.walkRules((rule) => { if (!rule.nodes.some((n) => n.type !== "comment")) rule.remove(); });
root.walkAtRules((at) => { if (at.nodes && at.nodes.length === 0) at.remove(); });

let text = root.toString();
const names = [...new Set([...text.matchAll(/--govuk-[a-z-]+/g)].map((m) => m[0]))];
for (const n of names.sort((a, b) => b.length - a.length)) text = text.replaceAll(n, "--" + n.slice("--govuk-".length).replace("-colour", ""));
const { styles, errors } = new CleanCSS({ level: { 1: { specialComments: 0 }, 2: { restructureRules: false } } }).minify(text);
if (errors.length) throw new Error(errors.join("\n"));

const { version } = JSON.parse(readFileSync(join(here, "node_modules/govuk-frontend/package.json")));
const from = sha(...sources.map((f) => readFileSync(join(here, f))));
const head = `/*! With parts of GOV.UK Frontend ${version}, (c) 2017 Crown Copyright, MIT: /assets/licences.txt\nmade by: make assets; sources ${from}; result ${sha(styles)} */\n`;
writeFileSync(join(here, "../assets/app.css"), head + styles + "\n");
console.log(`app.css: ${(head + styles).length} bytes`);
