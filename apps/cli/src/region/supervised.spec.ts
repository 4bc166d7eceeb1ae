import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Exit } from '@millrace/embedded';
import { until } from '@millrace/kernel';
import { type RunningProcess, Supervised, type SupervisionEvent } from './supervised.js';

/** A process that ends when it is told to, and remembers what it was told. */
class FakeProcess implements RunningProcess {
  static next = 1;
  readonly pid = FakeProcess.next++;
  readonly told: string[] = [];
  readonly exited: Promise<Exit>;
  private end!: (exit: Exit) => void;

  constructor() {
    this.exited = new Promise((resolve) => (this.end = resolve));
  }

  kill(signal: NodeJS.Signals): void {
    this.told.push(signal);
    this.end({ code: null, signal });
  }

  async stop(): Promise<void> {
    this.told.push('stop');
    this.end({ code: 0, signal: null });
  }
}

describe('a supervised process', () => {
  let launched: FakeProcess[];
  let events: SupervisionEvent[];
  const launch = async () => {
    const process = new FakeProcess();
    launched.push(process);
    return process;
  };
  const start = (how: () => Promise<FakeProcess> = launch) =>
    Supervised.start({ name: 'sync', launch: how, report: (event) => events.push(event) });

  beforeEach(() => {
    [launched, events] = [[], []];
    jest.spyOn(Math, 'random').mockReturnValue(0);
  });
  afterEach(() => void jest.restoreAllMocks());

  it('is started again when it ends unasked, knowing what ran before', async () => {
    const previous: unknown[] = [];
    const supervised = await Supervised.start<FakeProcess>({
      name: 'sync',
      report: (event) => events.push(event),
      launch: (_signal, before) => {
        previous.push(before);
        return launch();
      },
    });
    launched[0]!.kill('SIGKILL');
    await until('the restart', 2_000, () => supervised.restartCount === 1);
    expect(supervised.current).toBe(launched[1]);
    expect(previous).toEqual([undefined, launched[0]]);
    expect(events).toEqual([
      { kind: 'ended', name: 'sync', exit: { code: null, signal: 'SIGKILL' } },
      { kind: 'restarted', name: 'sync', pid: launched[1]!.pid },
    ]);
    await supervised.stop();
  });

  it('stays ended when it was stopped', async () => {
    const supervised = await start();
    await supervised.stop();
    await supervised.stop();
    expect(launched).toHaveLength(1);
    expect(events).toEqual([]);
  });

  it('is tried again when a restart fails, and given up after a dozen', async () => {
    let attempts = 0;
    const supervised = await start(async () => {
      if (attempts++ > 0) throw new Error('the port is taken');
      return launch();
    });
    launched[0]!.kill('SIGKILL');
    await until('it to be given up', 5_000, () => events.some(({ kind }) => kind === 'given-up'));
    expect(events.at(-1)).toEqual({ kind: 'given-up', name: 'sync', reason: 'the port is taken' });
    expect(attempts).toBe(13);
    await supervised.stop();
  });

  it('does not come back when it is stopped while it restarts', async () => {
    let finish!: () => void;
    const supervised = await start(async () => {
      if (launched.length) await new Promise<void>((resolve) => (finish = resolve));
      return launch();
    });
    launched[0]!.kill('SIGKILL');
    await until('the restart to begin', 2_000, () => finish !== undefined);
    const stopping = supervised.stop();
    finish();
    await stopping;
    expect(launched[1]!.told).toEqual(['stop']);
  });
});
