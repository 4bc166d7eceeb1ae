import { measurePartition } from '@millrace/contracts';
import type { Runtime } from '@millrace/service';
import {
  type CompiledStream,
  DEFAULT_LIMITS,
  measureStream,
  metricDigest,
  type MetricOutcome,
  type PartitionResult,
  type PipelineDocument,
  StreamFold,
} from '../engine/index.js';
import { NO_COUNTS } from '../run/run-counts.js';
import type { Held } from './checkpoint-reports.js';
import type { Claim } from './claimed-state.js';
import { sumDiscards } from './failure.js';
import type { Moved } from './moved.js';
import { persistently } from './persistently.js';
import type { OpenSystem } from './system-sessions.js';

const SELF = { kind: 'service', name: 'sync-worker' } as const;
/** Between two reports of how far a reading has come. */
const REPORT_EVERY_RECORDS = 200_000;

/** The metrics over a stream that this worker moves, or reads for them alone. */
export class ClaimedMetrics {
  readonly fold: StreamFold;

  private constructor(
    private readonly runtime: Runtime,
    private readonly held: Held,
    private readonly document: PipelineDocument,
    private readonly stream: CompiledStream,
    minimum: number,
  ) {
    this.fold = new StreamFold(stream.metrics, stream.columns, minimum);
  }

  /** Undefined where nothing is measured: no metric looks over the stream, or the run does not see all of it. */
  static of(runtime: Runtime, held: Held, claim: Claim, stream: CompiledStream): ClaimedMetrics | undefined {
    const { minimumGroupSize: minimum, document } = claim;
    if (minimum === undefined || stream.metrics.length === 0) return undefined;
    return new ClaimedMetrics(runtime, held, document as unknown as PipelineDocument, stream, minimum);
  }

  /**
   * Tells what the metrics have come to after a move. One that went on where an earlier attempt stopped has not seen
   * every record, so the stream is read once more: nothing is ever told of a part of it.
   */
  async afterMove(
    result: PartitionResult,
    source: OpenSystem,
    tell: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<PartitionResult> {
    const reading = result.isWhole ? undefined : await this.read(source, tell, signal);
    await this.tell(signal);
    return reading ? { ...result, discard: sumDiscards([result.discard, reading.discard]) } : result;
  }

  /** Reads the stream for its metrics alone. */
  async measure(source: OpenSystem, report: (read: number) => Promise<void>, signal: AbortSignal): Promise<Moved> {
    const { read, discard } = await this.read(source, report, signal);
    await this.tell(signal);
    const counts = { ...NO_COUNTS, read };
    return { result: { counts, rejected: [], startedOver: true, discard }, stream: this.stream };
  }

  private read({ session: source }: OpenSystem, report: (read: number) => Promise<void>, signal: AbortSignal) {
    let reported = 0;
    const onProgress = async (read: number) => {
      if (read - reported < REPORT_EVERY_RECORDS) return;
      reported = read;
      await report(read);
    };
    return measureStream({ stream: this.stream, source, fold: this.fold, limits: DEFAULT_LIMITS, signal, onProgress });
  }

  private async tell(signal: AbortSignal): Promise<void> {
    for (const outcome of this.fold.finish()) {
      const report = { ...reportOf(outcome), digest: this.digestOf(outcome.metric) };
      await persistently(() => this.runtime.client.call(measurePartition, { ...this.held, report }, SELF), signal);
    }
  }

  private digestOf(metric: string): string {
    return metricDigest(
      this.document,
      this.document.metrics.find(({ name }) => name === metric)!,
    );
  }
}

function reportOf({ groups, values, rows, fault, ...rest }: MetricOutcome) {
  return {
    ...rest,
    ...(fault ? { fault } : {}),
    groups: [...groups],
    values: [...values],
    rows: rows.map(({ keys, values: given, people }) => ({ keys: [...keys], values: [...given], people })),
  };
}
