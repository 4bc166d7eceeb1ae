import { partitions } from './partition/partition.table.js';
import { pipelines } from './pipeline/pipeline.table.js';
import { streamPositions } from './position/position.table.js';
import { runs } from './run/run.table.js';

/** In the order in which they refer to one another. */
export const tables = [pipelines, streamPositions, runs, partitions] as const;
