// The Solidity compiler from npm, behind the command line of the native one.
//
// Brownie, py-solc-x and forge start `solc` as a program. Where its native build cannot be downloaded, this stands in:
// it is the same compiler built to WebAssembly, and gives the same bytecode. It knows `--version` and
// `--standard-json` (from stdin), and reads imports from the working directory; every other option is ignored.
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const solc = createRequire(import.meta.url)("solc");
const args = process.argv.slice(2);

function write(text) {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(1, bytes, done);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

function readImport(path) {
  const roots = ["", ...args.filter((_, i) => ["--base-path", "--include-path"].includes(args[i - 1]))];
  for (const root of roots) {
    try {
      return { contents: readFileSync(join(root, path), "utf8") };
    } catch (error) {
      if (error.code !== "ENOENT") return { error: error.message };
    }
  }
  return { error: `not found: ${path}` };
}

if (args.includes("--version")) {
  write(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}\n`);
} else if (args.includes("--standard-json")) {
  write(solc.compile(readFileSync(0, "utf8"), { import: readImport }) + "\n");
} else {
  process.stderr.write("tools/solc.mjs knows only --version and --standard-json\n");
  process.exitCode = 2;
}
