import { delay, type LogPosition } from '@millrace/connector-sdk';
import type { ChangeProgress } from './change-progress.js';
import type { ChangesReport } from './change-following.js';

interface Reached {
  readonly position: LogPosition;
  readonly committedAtMs: number | undefined;
}

export interface ReporterParts {
  readonly progress: ChangeProgress;
  readonly report: (report: ChangesReport) => Promise<void>;
  readonly confirm: (position: LogPosition) => void;
  readonly everyMs: number;
  readonly fail: (reason: unknown) => void;
}

/**
 * Reports durable positions one at a time, never more often than asked; what becomes durable meanwhile is reported
 * together. Only what was reported is confirmed to the source.
 */
export class PositionReporter {
  /** The last position that was reported. */
  position: LogPosition | undefined;
  private next: Reached | undefined;
  private running: Promise<void> | undefined;
  private readonly hurry = new AbortController();

  constructor(private readonly parts: ReporterParts) {}

  /** Notes that everything up to a position is durable. */
  reached(position: LogPosition, committedAtMs: number | undefined): void {
    this.next = { position, committedAtMs };
    this.start();
  }

  /** Reports what is left without waiting. */
  async flush(): Promise<void> {
    this.hurry.abort();
    while (this.running) await this.running;
  }

  /** Reports nothing more; resolves when the report on its way has settled. */
  async stop(): Promise<void> {
    this.next = undefined;
    this.hurry.abort();
    await this.running;
  }

  private start(): void {
    this.running ??= this.run().finally(() => {
      this.running = undefined;
      if (this.next) this.start();
    });
  }

  private async run(): Promise<void> {
    const { progress, report, confirm, everyMs, fail } = this.parts;
    try {
      while (this.next) {
        const { position, committedAtMs } = this.next;
        this.next = undefined;
        await report(progress.report(position, committedAtMs));
        this.position = position;
        confirm(position);
        if (!this.hurry.signal.aborted) await delay(everyMs, this.hurry.signal).catch(() => undefined);
      }
    } catch (reason) {
      this.next = undefined;
      fail(reason);
    }
  }
}
