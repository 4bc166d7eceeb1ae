import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folders of the product that hold code. */
const CODE_FOLDERS: readonly string[] = ['libs', 'apps', 'bin', 'scripts', 'test', 'node_modules'];
const FRAME = /^\s+at (?:(?:async )?(?:new )?(.*?) \()?((?:file:\/\/|\/|[A-Za-z]:[\\/]).*?):(\d{1,7}):\d{1,7}\)?$/;
const IDENTIFIER = /^[#$\w]+$/;

/** Most frames of one error. */
const MAX_FRAMES = 20;
/** Most characters of a stack that are read, from its end: a message in front of the frames can be of any length. */
const MAX_STACK_LENGTH = 64 * 1024;
/** Largest source file that is read; bundles of whole compilers are larger. */
const MAX_SOURCE_BYTES = 2 * 1024 * 1024;
/** Most source files that are kept in memory for checking frames. */
const MAX_FILES = 256;

/** The root of the product: four folders above `libs/observability/src/error-report`. */
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const sources = new Map<string, readonly string[] | undefined>();

/**
 * The frames of a stack as `libs/egress/src/guard.ts:88:dial`. A stack also holds the error's message, and a message
 * may imitate frames. So a frame counts only when its file is a source file of the product, has that line, and contains
 * the function's name: all that is printed stands in the code already and says nothing about a person.
 */
export function framesOf(stack: string): string[] {
  const frames: string[] = [];
  for (const line of stack.slice(-MAX_STACK_LENGTH).split('\n')) {
    const frame = frameOf(line);
    if (frame) frames.push(frame);
    if (frames.length === MAX_FRAMES) break;
  }
  return frames;
}

function frameOf(line: string): string | undefined {
  const match = FRAME.exec(line);
  if (!match) return undefined;
  const [, called, location, lineNumber] = match;
  const file = productFile(location!);
  const source = file === undefined ? undefined : sourceOf(file);
  const number = Number(lineNumber);
  if (!source || number < 1 || number > source.length) return undefined;
  const name = functionIn(called, source);
  return `${file!.split(sep).join('/')}:${number}${name ? `:${name}` : ''}`;
}

/** The path from the product's root, so that no name of a home folder is shown; undefined when it lies elsewhere. */
function productFile(location: string): string | undefined {
  try {
    const path = location.startsWith('file:') ? fileURLToPath(location) : location;
    const file = relative(ROOT, path);
    const inside = !isAbsolute(file) && CODE_FOLDERS.includes(file.split(sep)[0]!);
    return inside && /\.[cm]?[jt]s$/.test(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

/** The file's lines; undefined when there is no such file. */
function sourceOf(file: string): readonly string[] | undefined {
  if (!sources.has(file)) {
    if (sources.size >= MAX_FILES) sources.clear();
    sources.set(file, readLines(file));
  }
  return sources.get(file);
}

function readLines(file: string): readonly string[] | undefined {
  try {
    if (statSync(`${ROOT}${file}`).size > MAX_SOURCE_BYTES) return undefined;
    return readFileSync(`${ROOT}${file}`, 'utf8').split('\n');
  } catch {
    return undefined;
  }
}

/** The last part of `Class.method [as alias]`, when the source has it as a word. A computed method name could be data. */
function functionIn(called: string | undefined, source: readonly string[]): string | undefined {
  const name = called
    ?.replace(/ \[as .*\]$/, '')
    .split('.')
    .at(-1);
  if (!name || !IDENTIFIER.test(name)) return undefined;
  const word = new RegExp(String.raw`(?<![\w$])${name.replace(/[$#]/g, String.raw`\$&`)}(?![\w$])`);
  return source.some((line) => word.test(line)) ? name : undefined;
}
