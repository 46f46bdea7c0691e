#!/usr/bin/env node
// Starts the program of this system's package, with the same arguments, streams and exit status.
"use strict";
const { spawnSync } = require("node:child_process");
const { constants } = require("node:os");

const name = `@invoca/invoca-scan-${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "invoca-scan.exe" : "invoca-scan";
let program;
try {
  program = require.resolve(`${name}/${file}`);
} catch {
  console.error(`error: the package ${name} is not installed\n  next: install without --omit=optional; on a system without a package, build with cargo`);
  process.exit(2);
}
const run = spawnSync(program, process.argv.slice(2), { stdio: "inherit" });
if (run.error) {
  console.error(`error: cannot run ${program}: ${run.error.message}`);
  process.exit(2);
}
// Never 0 for a program that was ended by a signal.
process.exit(run.status ?? 128 + (constants.signals[run.signal] ?? 0));
