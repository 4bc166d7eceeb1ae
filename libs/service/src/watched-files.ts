import { statSync } from 'node:fs';
import { stopwatch } from '@millrace/kernel';

/** A replaced file is noticed after this long, by whoever asks next. */
const LOOK_MS = 2_000;

/**
 * What some files say, read again when one of them was replaced: a new version of a key comes into use, and a retired one
 * goes, while the service runs. A file that cannot be read any more leaves what was read last in use.
 */
export class WatchedFiles<T> {
  private loaded: { readonly stamp: string; readonly value: Promise<T> } | undefined;
  private sinceLook: (() => number) | undefined;

  constructor(
    private readonly paths: readonly string[],
    private readonly read: () => Promise<T>,
  ) {}

  /** At most {@link LOOK_MS} old. @throws what the first reading throws */
  async current(): Promise<T> {
    if (this.loaded && this.sinceLook && this.sinceLook() < LOOK_MS) return this.loaded.value;
    return this.latest();
  }

  /** As the files are now: for whoever met a key that is not known yet. */
  async latest(): Promise<T> {
    const before = this.loaded;
    const stamp = this.paths.map(stampOf).join(' ');
    this.sinceLook = stopwatch();
    if (before?.stamp === stamp) return before.value;
    const loading = { stamp, value: this.read() };
    this.loaded = loading;
    return loading.value.catch((error: unknown) => {
      if (this.loaded === loading) this.loaded = before;
      if (!before) throw error;
      return before.value;
    });
  }
}

function stampOf(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found ? `${found.dev}:${found.ino}:${found.mtimeNs}:${found.size}` : '-';
}
