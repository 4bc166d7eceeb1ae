import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** What distributions call it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** The browser of this machine: `MILLRACE_CHROMIUM`, else Chromium or Chrome on the PATH. */
function browserProgram(): string {
  const named = process.env['MILLRACE_CHROMIUM'];
  if (named) return named;
  const directories = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/bin'].filter(Boolean);
  for (const name of NAMES) {
    const directory = directories.find((one) => existsSync(path.join(one, name)));
    if (directory) return path.join(directory, name);
  }
  throw new Error(
    'No Chromium on this machine. Install it (apt-get install chromium), or name it in MILLRACE_CHROMIUM.',
  );
}

/** Starts a real browser without a window. As root it has no sandbox: it opens pages of this machine's tests only. */
export function startBrowser(): Promise<Browser> {
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath: browserProgram(), args: isRoot ? ['--no-sandbox'] : [] });
}
