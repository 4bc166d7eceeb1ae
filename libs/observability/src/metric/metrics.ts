import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { passes } from '../field/field.js';

/** Every label a metric of the product may have. None can hold an id, a person or a customer's word. */
export const LABELS = [
  'operation',
  'outcome',
  'method',
  'status',
  'event',
  'code',
  'peer',
  'direction',
  'reason',
  'stream_kind',
  'queue',
  'level',
] as const;

/** Labels of the process metrics of prom-client: fixed words of Node.js, and its version. */
export const PROCESS_LABELS = ['version', 'major', 'minor', 'patch', 'space', 'kind', 'type'] as const;

export type Label = (typeof LABELS)[number];

/** The label values that a metric tells apart; any other value counts as `other`. */
export type LabelValues = Readonly<Partial<Record<Label, readonly string[]>>>;

/** The labels of one measurement. */
export type LabelsOf<L extends LabelValues> = { readonly [N in keyof L]: string | number };

export interface CounterOf<L extends LabelValues> {
  /** Adds `by`, default 1. */
  add(labels: LabelsOf<L>, by?: number): void;
}

export interface GaugeOf<L extends LabelValues> {
  set(labels: LabelsOf<L>, value: number): void;
}

export interface HistogramOf<L extends LabelValues> {
  /** Adds one observation in the metric's unit. */
  observe(labels: LabelsOf<L>, value: number): void;
}

/** One service's metrics. Names are `millrace_<what>_<unit>`, counters end in `_total`; durations are in seconds. */
export interface Metrics {
  counter<const L extends LabelValues>(name: string, help: string, labels: L): CounterOf<L>;
  gauge<const L extends LabelValues>(name: string, help: string, labels: L): GaugeOf<L>;
  /** @param buckets upper bounds in the metric's unit; default 5 ms to 10 s. */
  histogram<const L extends LabelValues>(
    name: string,
    help: string,
    labels: L,
    buckets?: readonly number[],
  ): HistogramOf<L>;
  /** All metrics in the Prometheus text format, whose content type is {@link Metrics.contentType}. */
  render(): Promise<string>;
  readonly contentType: string;
  /** The label names of each metric, for the check that none can hold an id. */
  labelNames(): Promise<Readonly<Record<string, readonly string[]>>>;
}

/** Most time series of one metric: the product of its label values. Prometheus suffers from tens of thousands. */
const MAX_SERIES = 5_000;
const OTHER = 'other';
const METRIC_NAME = /^millrace_[a-z][a-z0-9_]{1,60}$/;
/** Label values are closed words too: lower-case names, codes, methods, HTTP status. */
const VALUE = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$|^[1-5](?:\d\d|xx)$/;
/** Seconds; from a fast query to the deadline of a slow call. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

export interface MetricsOptions {
  readonly service: string;
  /** Adds memory, event loop and garbage collection of the process. Once per process is enough. Default false. */
  readonly process?: boolean;
}

/** Makes a service's registry. Registering a label outside {@link LABELS}, or too many series, throws. */
export function createMetrics({ service, process = false }: MetricsOptions): Metrics {
  if (!passes('service', service)) throw new Error('Metrics need the name of a service of the product');
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  if (process) collectDefaultMetrics({ register: registry });
  return {
    counter(name, help, labels) {
      const metric = new Counter({ ...definition(registry, name, help, labels) });
      return { add: (values, by = 1) => metric.inc(bounded(labels, values), by) };
    },
    gauge(name, help, labels) {
      const metric = new Gauge({ ...definition(registry, name, help, labels) });
      return { set: (values, value) => metric.set(bounded(labels, values), value) };
    },
    histogram(name, help, labels, buckets = SECONDS) {
      const metric = new Histogram({ ...definition(registry, name, help, labels), buckets: [...buckets] });
      return { observe: (values, value) => metric.observe(bounded(labels, values), value) };
    },
    render: () => registry.metrics(),
    contentType: registry.contentType,
    labelNames: () => labelNamesOf(registry),
  };
}

function definition(registry: Registry, name: string, help: string, labels: LabelValues) {
  const labelNames = Object.keys(labels);
  const foreign = labelNames.filter((label) => !(LABELS as readonly string[]).includes(label));
  if (foreign.length > 0) throw new Error(`Metric ${name} has labels outside the allow-list: ${foreign.join(', ')}`);
  if (!METRIC_NAME.test(name)) throw new Error(`Metric ${name} is not named millrace_<what>_<unit>`);
  const values = Object.values(labels) as (readonly string[])[];
  if (!values.flat().every((value) => VALUE.test(value)))
    throw new Error(`Metric ${name} has a label value that is no closed word`);
  const series = values.reduce((product, choices) => product * (choices.length + 1), 1);
  if (series > MAX_SERIES) throw new Error(`Metric ${name} could have ${series} series; ${MAX_SERIES} is the limit`);
  return { name, help, labelNames, registers: [registry] };
}

function bounded(labels: LabelValues, values: Readonly<Record<string, string | number>>): Record<string, string> {
  const named = Object.entries(labels).map(([label, known]) => {
    const value = String(values[label]);
    return [label, known.includes(value) ? value : OTHER];
  });
  return Object.fromEntries(named) as Record<string, string>;
}

/** Both what is declared and what stands in the series, since a library's metric may add labels of its own. */
async function labelNamesOf(registry: Registry): Promise<Record<string, readonly string[]>> {
  const declared = new Map(registry.getMetricsAsArray().map((metric) => [metric.name, labelsDeclaredBy(metric)]));
  const metrics = await registry.getMetricsAsJSON();
  return Object.fromEntries(
    metrics.map(({ name, values }) => {
      const seen = values.flatMap(({ labels }) => Object.keys(labels));
      return [name, [...new Set([...(declared.get(name) ?? []), ...seen])]];
    }),
  );
}

function labelsDeclaredBy(metric: object): readonly string[] {
  return 'labelNames' in metric && Array.isArray(metric.labelNames) ? (metric.labelNames as string[]) : [];
}
