import { Problem, problem } from '@millrace/kernel';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(import.meta.url);
const REFUSED = problem('sync.refused', 422, 'Refused', 'Try something else.');

/** Ways in which a value gets into something that is thrown. */
export const PLANTINGS: Readonly<Record<string, (value: string) => unknown>> = {
  message: (value) => new Error(`duplicate key (email)=(${value}) exists`),
  'message with frames': (value) =>
    new Error(
      `x\n    at ${value} (${HERE}:1:1)\n    at ${HERE.replace('planted', value)}:1:1\n    at f (/home/${value}/libs/x.ts:1:2)\n`,
    ),
  'message with a frame of another kind': (value) =>
    new Error(
      `x\n    at async ${value}.run [as ${value}] (file://${HERE}:3:1)\n    at node:internal/${value}:1:1\n    at libs/${value}.ts:1:1`,
    ),
  'long message': (value) => new Error(`${value} `.repeat(20_000)),
  name: (value) => named(value),
  'name and code': (value) => Object.assign(named(value), { code: value, errno: value, syscall: value }),
  properties: (value) =>
    Object.assign(new TypeError('x'), { detail: value, query: { parameters: [value] }, [value]: value }),
  stack: (value) =>
    Object.assign(new Error('x'), { stack: `Error: ${value}\n    at ${value}\n    at ${value} (${value}:1:1)` }),
  cause: (value) => new Error('outer', { cause: new Error(value, { cause: { person: value } }) }),
  'cause that is a text': (value) => new Error('outer', { cause: value }),
  aggregate: (value) => new AggregateError([new Error(value)], value),
  problem: (value) =>
    new Problem(REFUSED, { detail: value, errors: [{ path: `/${value}`, message: value }], cause: new Error(value) }),
  'problem of another code': (value) => new Problem({ ...REFUSED, code: value, title: value }),
  'computed method': (value) => thrownBy(() => ({ [value]: () => throwing() })[value]!()),
  'computed class': (value) =>
    thrownBy(
      () =>
        new {
          [value]: class {
            constructor() {
              throwing();
            }
          },
        }[value]!(),
    ),
  getter: (value) =>
    Object.defineProperty(new Error('x'), 'code', {
      get: () => {
        throw new Error(value);
      },
    }),
  text: (value) => value,
  object: (value) => ({ message: value, stack: value, code: value, toString: () => value, toJSON: () => value }),
  'line number': (value) => new Error(`x\n    at f (${HERE}:${value.replace(/\D/g, '').slice(0, 7) || '1'}:1)`),
};

function named(name: string): Error {
  const error = new Error('x');
  error.name = name;
  return error;
}

function throwing(): never {
  throw new RangeError('x');
}

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
