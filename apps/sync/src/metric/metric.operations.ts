import {
  type Input,
  kernelProblems,
  listMetrics,
  measurePartition,
  measurePipeline,
  readMetric,
  readMetricCsv,
  readMetricSeries,
  syncProblems,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { type Call, Handles } from '@millrace/messaging';
import { Runtime } from '@millrace/service';
import { Controller } from '@nestjs/common';
import type { PipelineDocument } from '../engine/index.js';
import { pipelines } from '../pipeline/pipeline.table.js';
import { MeasurePipeline } from './measure-pipeline.js';
import { freshnessOf, type ResultRow, summarize, viewResult } from './metric-view.js';
import { metricResults } from './metric.table.js';
import { minimumGroupSize } from './minimum-group-size.js';
import { ReportMetric } from './report-metric.js';
import { csvOf } from './show-csv.js';
import { seriesOf } from './show-series.js';

/** Why a metric has no result, in words for whoever defined it. */
const FAULTS = {
  'too-many-groups': 'It has more than 10,000 groups. Group by fewer columns, or by longer periods.',
  'too-large': 'Its groups, people or values are more than is kept. Group by fewer columns, or by shorter texts.',
} as const;

@Controller()
export class MetricOperations {
  constructor(
    private readonly runtime: Runtime,
    private readonly measurer: MeasurePipeline,
    private readonly reporter: ReportMetric,
  ) {}

  @Handles(listMetrics)
  list({ name }: Input<typeof listMetrics>, call: Call) {
    return call.tx(async (tx) => {
      const pipeline = await tx.table(pipelines).findOneBy({ name });
      if (!pipeline) throw new Problem(kernelProblems.notFound);
      const rows = await tx.table(metricResults).findBy({ pipelineId: pipeline.id, isCurrent: true });
      const { metrics } = pipeline.document as unknown as PipelineDocument;
      return {
        metrics: metrics.map((one) =>
          summarize(
            one,
            rows.find((row) => row.metric === one.name && this.isLargeEnough(row)),
          ),
        ),
      };
    });
  }

  @Handles(readMetric)
  async read(input: Input<typeof readMetric>, call: Call) {
    return viewResult(await this.resultOf(input, call));
  }

  @Handles(readMetricSeries)
  async series(input: Input<typeof readMetricSeries>, call: Call) {
    const row = await this.resultOf(input, call);
    return { metric: row.metric, ...freshnessOf(row), ...seriesOf(row.result) };
  }

  @Handles(readMetricCsv)
  async csv(input: Input<typeof readMetricCsv>, call: Call) {
    return { text: csvOf((await this.resultOf(input, call)).result) };
  }

  @Handles(measurePipeline)
  measure(input: Input<typeof measurePipeline>, call: Call) {
    return this.measurer.execute(input, call);
  }

  @Handles(measurePartition)
  report(input: Input<typeof measurePartition>, call: Call) {
    return this.reporter.execute(input, call);
  }

  /** @throws Problem `kernel.not-found`, `sync.not-measured` */
  private async resultOf({ name, metric }: Input<typeof readMetric>, call: Call): Promise<ResultRow> {
    const row = await call.tx(async (tx) => {
      const pipeline = await tx.table(pipelines).findOneBy({ name });
      const { metrics = [] } = (pipeline?.document ?? {}) as Partial<PipelineDocument>;
      if (!pipeline || !metrics.some((one) => one.name === metric)) throw new Problem(kernelProblems.notFound);
      return tx.table(metricResults).findOneBy({ pipelineId: pipeline.id, metric, isCurrent: true });
    });
    if (!row || !this.isLargeEnough(row)) throw new Problem(syncProblems.notMeasured);
    if (row.fault) throw new Problem(syncProblems.notMeasured, { detail: FAULTS[row.fault] });
    return row;
  }

  /** A result that was measured while the charter asked for smaller groups is not shown any more. */
  private isLargeEnough({ minimumGroupSize: measuredBy }: ResultRow): boolean {
    const minimum = minimumGroupSize(this.runtime.charter);
    return minimum !== undefined && measuredBy >= minimum;
  }
}
