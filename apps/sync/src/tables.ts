import { connectionBudgets, queryEstimates } from './budget/budget.table.js';
import { streamShapes } from './drift/shape.table.js';
import { feeds } from './feed/feed.table.js';
import { metricResults } from './metric/metric.table.js';
import { partitions } from './partition/partition.table.js';
import { regionPauses, workPauses } from './pause/pause.table.js';
import { pipelines } from './pipeline/pipeline.table.js';
import { streamPositions } from './position/position.table.js';
import { runs } from './run/run.table.js';

/** In the order in which they refer to one another. */
export const tables = [
  connectionBudgets,
  queryEstimates,
  workPauses,
  regionPauses,
  feeds,
  pipelines,
  streamPositions,
  streamShapes,
  metricResults,
  runs,
  partitions,
] as const;
