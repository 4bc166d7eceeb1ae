import type { ChangeFollowing, ChangesReport, ChangesResult } from './change-following.js';
import { followChanges } from './follow-changes.js';
import { never } from '../../../../../libs/connectors/postgres/src/session.fixture.js';
import {
  type LogicalServer,
  startLogicalServer,
} from '../../../../../libs/connectors/postgres/src/changes/logical-server.fixture.js';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import { Bridge } from '../move/move.fixture.js';

/** Two databases whose logs can be followed, and the engine between them. */
export class FollowedBridge {
  private constructor(
    private readonly server: LogicalServer,
    readonly bridge: Bridge,
  ) {}

  static async open(): Promise<FollowedBridge> {
    const server = await startLogicalServer();
    return new FollowedBridge(
      server,
      await Bridge.between(await server.createDatabase(), await server.createDatabase()),
    );
  }

  async close(): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }

  /** Follows, by default up to the end of the log at this moment. */
  async follow(streams: readonly CompiledStream[], change: Partial<ChangeFollowing> = {}) {
    const { from, to } = this.bridge;
    const reports: ChangesReport[] = [];
    const endless = change.signal !== undefined && change.upTo === undefined;
    const result: ChangesResult = await followChanges({
      streams,
      source: from,
      target: to,
      feed: 'test',
      writeId: 'test',
      signal: never(),
      ...(endless ? {} : { upTo: await from.log!.logEnd(never()) }),
      onCheckpoint: async (report) => void reports.push(report),
      limits: { reportEveryMs: 1 },
      ...change,
    });
    return { ...result, reports };
  }

  /** Creates the feed, and nothing more. */
  async begin(streams: readonly CompiledStream[], feed = 'test'): Promise<void> {
    await this.follow(streams, { feed });
  }

  /** The position up to which the source may forget. */
  async confirmed(feed = 'test'): Promise<string> {
    const [slot] = await this.bridge.source.query<{ lsn: string }>(
      'SELECT confirmed_flush_lsn AS lsn FROM pg_replication_slots WHERE slot_name = $1',
      [`millrace_${feed}`],
    );
    return slot!.lsn;
  }
}
