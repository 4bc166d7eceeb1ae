import { z } from 'zod';
import { any, service, staff } from '../caller.js';
import { f } from '../field.js';
import { get, Nothing, operation } from '../operation.js';

/** Days before its target from which a request is called due soon. */
export const CASE_DUE_SOON_DAYS = 7;

/** What an officer must see to, the most urgent first. Each opens and closes by itself, as the thing stands. */
export const taskKinds = ['promise-broken', 'case-overdue', 'case-due-soon', 'hold-review-due'] as const;

const Task = z.strictObject({
  taskId: f.id('task'),
  kind: f.oneOf(...taskKinds),
  /** The promise, the case or the hold. */
  about: f.word(),
  openedAt: f.instant(),
  /** What is wrong, or when what is due: one sentence. */
  why: f.machineText(2_000),
});
export type OfficerTask = z.output<typeof Task>;

export const listTasks = operation({
  name: 'compliance.task.list',
  summary:
    'What needs an officer now, the most urgent first: broken promises, requests that are due, holds to be reviewed',
  http: get('/api/v1/staff/tasks'),
  input: Nothing,
  output: z.strictObject({ tasks: z.array(Task) }),
  access: any(service('operator'), staff('officer')),
  deadlineMs: 30_000,
});
