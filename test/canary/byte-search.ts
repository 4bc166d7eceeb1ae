import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import path from 'node:path';

/** A marker in every form in which it could lie on a disk: as text, wide text, hexadecimal, base64 at each of its three offsets. */
export function formsOf(marker: string): Buffer[] {
  const bytes = Buffer.from(marker, 'utf8');
  const offsets = [0, 1, 2].map((pad) => {
    const text = Buffer.concat([Buffer.alloc(pad), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // The first and last characters also hold bits of the neighbours.
    return text.slice(Math.ceil((pad * 8) / 6), -1);
  });
  const forms = [
    bytes,
    Buffer.from(marker, 'utf16le'),
    Buffer.from(bytes.toString('hex')),
    Buffer.from(bytes.toString('hex').toUpperCase()),
  ];
  return [
    ...forms,
    ...offsets
      .flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')])
      .map((text) => Buffer.from(text)),
  ];
}

export interface Found {
  readonly file: string;
  readonly marker: string;
}

export interface SearchReport {
  readonly files: number;
  readonly bytes: number;
  readonly found: Found[];
}

export interface SearchOptions {
  readonly directories: readonly string[];
  readonly markers: readonly string[];
  /** Directories that are left out. */
  readonly skip?: (directory: string) => boolean;
  /** Files that were last written before this instant cannot hold a marker that is younger. */
  readonly since?: Date;
}

/** Reads every file below the directories byte by byte and names those that hold a marker in any form. */
export function searchFiles({ directories, markers, skip = () => false, since }: SearchOptions): SearchReport {
  const needles = markers.flatMap((marker) => formsOf(marker).map((form) => ({ marker, form })));
  const report = { files: 0, bytes: 0, found: [] as Found[] };
  for (const file of new Set(directories.flatMap((directory) => filesBelow(directory, skip, since?.getTime() ?? 0)))) {
    const { bytes, seen } = unlessGone({ bytes: 0, seen: [] as string[] }, () => searchFile(file, needles));
    report.files += 1;
    report.bytes += bytes;
    report.found.push(...seen.map((marker) => ({ file, marker })));
  }
  return report;
}

/** One buffer serves every file: thousands of small ones would otherwise each ask for a chunk of their own. */
const CHUNK_BYTES = 4 << 20;
const window = Buffer.alloc(CHUNK_BYTES);

function searchFile(file: string, needles: readonly { marker: string; form: Buffer }[]) {
  const overlap = Math.max(...needles.map(({ form }) => form.length));
  const seen = new Set<string>();
  const descriptor = openSync(file, 'r');
  try {
    let bytes = 0;
    let kept = 0;
    for (;;) {
      const read = readSync(descriptor, window, kept, CHUNK_BYTES - kept, null);
      if (read === 0) return { bytes, seen: [...seen] };
      bytes += read;
      const filled = window.subarray(0, kept + read);
      for (const { marker, form } of needles) if (filled.includes(form)) seen.add(marker);
      // What stands across two chunks is found in the second.
      kept = Math.min(overlap, filled.length);
      filled.copy(window, 0, filled.length - kept);
    }
  } finally {
    closeSync(descriptor);
  }
}

function filesBelow(directory: string, skip: (directory: string) => boolean, sinceMs: number): string[] {
  if (skip(directory)) return [];
  return entriesOf(directory).flatMap((entry) => {
    const full = path.join(directory, entry.name);
    if (entry.isDirectory()) return filesBelow(full, skip, sinceMs);
    const stats = entry.isFile() ? statSync(full, { throwIfNoEntry: false }) : undefined;
    return stats && stats.mtimeMs >= sinceMs ? [full] : [];
  });
}

/** Files and directories of live servers and of other tests come and go. */
function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function unlessGone<T>(fallback: T, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return fallback;
    throw error;
  }
}
