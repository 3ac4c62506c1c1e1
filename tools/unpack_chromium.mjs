// Unpacks the Chromium that comes inside the npm package @sparticuz/chromium (Linux, x86-64), with the shared
// libraries and fonts it needs, into the folder given. tools/bin/chromium calls it on first use.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const folder = resolve(process.argv[2]);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
process.env.TMPDIR = folder; // where the package unpacks to
process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs24.x"; // makes it unpack the shared libraries too

const { default: chromium } = await import("@sparticuz/chromium");
await chromium.executablePath();

writeFileSync(
  join(folder, "fonts", "fonts.conf"),
  `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>` +
    `<dir>${folder}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${folder}/fonts/cache</cachedir></fontconfig>\n`,
);
writeFileSync(join(folder, "unpacked"), "");
