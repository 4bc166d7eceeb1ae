import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the memory of a worker process flat. Call it first of all, before the worker's own modules are imported (so with
 * a dynamic import), for loading them already makes the young generation grow, and it never shrinks again. Every read of a socket leaves a buffer
 * of up to 64 KiB behind, which V8 frees only when its young generation is collected. With the default of 16 MiB that is
 * rarely: measured over 5 million rows, the process peaked at 175 MB, and with 1 MiB at 111 MB, in the same time.
 */
export function boundMemory(): void {
  setFlagsFromString('--max-semi-space-size=1');
  setFlagsFromString('--semi-space-growth-factor=1');
}
