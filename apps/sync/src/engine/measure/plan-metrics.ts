import type { Fault } from '@millrace/kernel';
import { pointer } from '../document/parse-pipeline.js';
import type { PipelineDocument } from '../document/pipeline-document.js';
import type { StreamPlan } from '../mapping/plan-stream.js';
import type { MetricPlan } from './metric-plan.js';
import { planMetric } from './plan-metric.js';

/** Resolves the metrics that look over a stream against its columns; every fault at once, with its place in the document. */
export function planMetrics(
  { metrics }: Pick<PipelineDocument, 'metrics'>,
  plan: StreamPlan,
): { readonly plans: readonly MetricPlan[]; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const plans = metrics.flatMap((metric, index) => {
    if (metric.over !== plan.mapping.from) return [];
    const planned = planMetric(metric, plan, (path, message) =>
      faults.push({ path: pointer(['metrics', index, ...path]), message }),
    );
    return planned ? [planned] : [];
  });
  return { plans, faults };
}
