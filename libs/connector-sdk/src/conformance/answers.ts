import assert from 'node:assert/strict';
import { stopwatch } from '@millrace/kernel';
import { type Behaviour, behaviour } from './behaviour.js';
import type { Fault } from './sandbox.js';
import { numbered, PEOPLE } from './schema.js';
import { errorOf, type Workbench } from './workbench.js';

const COUNT = 250;

/** More broken answers than anybody tries again for. */
const FOR_EVER = 100;

/** Everything is read although so many answers were broken. */
async function survives(bench: Workbench, fault: Fault, times: number): Promise<void> {
  const stream = await bench.sandbox.create(numbered(COUNT));
  const session = await bench.open();
  bench.sandbox.break!(fault, times);
  const { rows } = await bench.read(session, stream);
  assert.equal(rows.length, COUNT);
}

async function givesUp(bench: Workbench, fault: Fault): Promise<string> {
  const stream = await bench.sandbox.create(numbered(COUNT));
  const session = await bench.open();
  bench.sandbox.break!(fault, FOR_EVER);
  const error = await errorOf(bench.read(session, stream));
  assert.ok(bench.sandbox.requests! < 20, 'It tries for ever');
  return error.code;
}

export const answerBehaviours: readonly Behaviour[] = [
  behaviour('renews an expired token once, and reads on', ['http', 'refresh'], async (bench) => {
    await survives(bench, { kind: 'expired' }, 1);
  }),

  behaviour('does not renew a token for ever', ['http', 'refresh'], async (bench) => {
    assert.equal(await givesUp(bench, { kind: 'expired' }), 'refused-credential');
    assert.ok(bench.sandbox.requests! <= 4);
  }),

  behaviour('waits as long as a limit says', ['http'], async (bench) => {
    const elapsed = stopwatch();
    await survives(bench, { kind: 'limited', retryAfterSeconds: 1 }, 1);
    assert.ok(elapsed() >= 1_000, 'It did not wait');
  }),

  behaviour('hands a limit that is far off to the planner', ['http'], async (bench) => {
    const stream = await bench.sandbox.create(PEOPLE);
    const session = await bench.open();
    bench.sandbox.break!({ kind: 'limited', retryAfterSeconds: 3_600 }, 1);
    const error = await errorOf(bench.read(session, stream));
    assert.equal(error.code, 'quota-exceeded');
    assert.equal(error.details.retryAfterMs, 3_600_000);
    assert.equal(error.retryable, true);
  }),

  behaviour('asks again when the server fails for a moment', ['http'], async (bench) => {
    await survives(bench, { kind: 'failing' }, 2);
  }),

  behaviour('asks again for an answer that broke off', ['http'], async (bench) => {
    await survives(bench, { kind: 'cut-body' }, 1);
  }),

  behaviour('never takes an answer that breaks off for the whole', ['http'], async (bench) => {
    assert.equal(await givesUp(bench, { kind: 'cut-body' }), 'connection-lost');
  }),

  behaviour('never takes JSON that ends too early for the whole', ['http'], async (bench) => {
    assert.equal(await givesUp(bench, { kind: 'cut-json' }), 'malformed-answer');
  }),

  behaviour('refuses garbage and repeats nothing of it', ['http'], async (bench) => {
    const stream = await bench.sandbox.create(PEOPLE);
    const session = await bench.open();
    bench.sandbox.break!({ kind: 'garbage', text: '<html>marker-in-garbage</html>' }, FOR_EVER);
    const error = await errorOf(bench.read(session, stream));
    assert.equal(error.code, 'malformed-answer');
    assert.equal(JSON.stringify(error, Object.getOwnPropertyNames(error)).includes('marker'), false);
  }),

  behaviour('follows no link to a host that is not its own', ['http'], async (bench) => {
    const stream = await bench.sandbox.create(numbered(COUNT));
    const session = await bench.open();
    bench.sandbox.break!({ kind: 'misdirecting', url: 'http://127.0.0.1:9/elsewhere' }, 1);
    const error = await errorOf(bench.read(session, stream));
    assert.equal(error.code, 'protocol-violation');
  }),
];
