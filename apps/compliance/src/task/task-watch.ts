import { caseStates, type OfficerTask, taskKinds } from '@millrace/contracts';
import { newId } from '@millrace/kernel';
import type { GaugeOf } from '@millrace/observability';
import type { Database, Tx } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import type { Board } from '../promise/board.js';
import type { PromiseBoard } from '../promise/verify-promises.js';
import { type Need, needsNow } from './needs.js';

/** How often the tasks are held against what they are about. */
const EVERY_MS = 60_000;
const LOCK = `hashtext('officer-tasks')`;
const PROMISE_STATES = ['kept', 'stale', 'broken', 'unproven'] as const;

interface OpenTask {
  readonly id: string;
  readonly kind: OfficerTask['kind'];
  readonly about: string;
  readonly openedAt: Date;
}

/**
 * Opens a task for whatever needs an officer and closes it once that is over; both are in the ledger. The counts of tasks,
 * promises and requests are metrics, for alerts.
 */
export class TaskWatch {
  private readonly gauges: ReturnType<typeof gaugesOf>;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> | undefined;

  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
    private readonly board: PromiseBoard,
  ) {
    this.gauges = gaugesOf(runtime);
  }

  /** Called by the container when the service has started. */
  onApplicationBootstrap(): void {
    const look = () =>
      void (this.running = this.look().catch(() => this.runtime.log.warn('tasks will be looked at again')));
    this.timer = setInterval(look, EVERY_MS).unref();
  }

  /** Called by the container before the service stops. */
  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** The tasks as things stand at this moment, the most urgent kind first and the oldest of each. */
  async look(): Promise<OfficerTask[]> {
    const board = await this.board.read();
    const { tasks, cases } = await this.database.region({ kind: 'service' }, async (tx) => ({
      tasks: await this.settle(tx, board),
      cases: await tx.query<{ state: (typeof caseStates)[number]; rows: number }>(
        `select state, count(*)::int as rows from rights_case where state <> 'done' group by state`,
      ),
    }));
    for (const kind of taskKinds)
      this.gauges.tasks.set({ reason: kind }, tasks.filter((one) => one.kind === kind).length);
    for (const state of PROMISE_STATES) this.gauges.promises.set({ outcome: state }, board.counts[state]);
    for (const state of caseStates)
      if (state !== 'done')
        this.gauges.cases.set({ outcome: state }, cases.find((one) => one.state === state)?.rows ?? 0);
    return tasks;
  }

  private async settle(tx: Tx, board: Board): Promise<OfficerTask[]> {
    const now = this.runtime.clock.now();
    await tx.query(`select pg_advisory_xact_lock(${LOCK})`);
    const needs = await needsNow(tx, board, now);
    const open = await tx.query<OpenTask>(
      'select id, kind, about, opened_at as "openedAt" from officer_task where closed_at is null order by opened_at, id',
    );
    const isOf = (need: Need) => (task: OpenTask) => task.kind === need.kind && task.about === need.about;
    const over = open.filter((task) => !needs.some((need) => isOf(need)(task)));
    const fresh = needs.filter((need) => !open.some(isOf(need)));
    for (const task of over) {
      await tx.query('update officer_task set closed_at = $2 where id = $1', [task.id, now]);
      await tx.audit({ event: 'task.closed', target: { kind: 'task', id: task.id }, details: detailsOf(task) });
    }
    const opened = fresh.map(({ kind, about }) => ({ id: newId(this.runtime.clock), kind, about, openedAt: now }));
    for (const task of opened) {
      await tx.query(
        'insert into officer_task (id, kind, about, opened_at) values ($1, $2, $3, $4)',
        Object.values(task),
      );
      await tx.audit({ event: 'task.opened', target: { kind: 'task', id: task.id }, details: detailsOf(task) });
    }
    const all = [...open, ...opened].flatMap((task) => {
      const need = needs.find((one) => isOf(one)(task));
      return need ? [{ taskId: task.id, ...need, openedAt: task.openedAt.toISOString() }] : [];
    });
    return taskKinds.flatMap((kind) => all.filter((one) => one.kind === kind));
  }
}

const detailsOf = ({ kind, about }: Pick<OpenTask, 'kind' | 'about'>) => ({ kind, about });

function gaugesOf({ metrics }: Runtime): {
  readonly tasks: GaugeOf<{ readonly reason: typeof taskKinds }>;
  readonly promises: GaugeOf<{ readonly outcome: typeof PROMISE_STATES }>;
  readonly cases: GaugeOf<{ readonly outcome: typeof caseStates }>;
} {
  return {
    tasks: metrics.gauge('millrace_officer_tasks', 'What needs an officer now', { reason: taskKinds }),
    promises: metrics.gauge('millrace_promises', 'Promises of the charter in force, by their state', {
      outcome: PROMISE_STATES,
    }),
    cases: metrics.gauge('millrace_cases', 'Requests of people that are not done, by their state', {
      outcome: caseStates,
    }),
  };
}
