export { type Clock, MovableClock, stopwatch, systemClock } from './clock.js';
export { addDuration, type Duration, parseDuration } from './duration.js';
export { isId, newId } from './id.js';
export {
  type Fault,
  Problem,
  problem,
  type ProblemDetails,
  type ProblemDocument,
  type ProblemKind,
} from './problem.js';
export { Secret } from './secret.js';
export { backoff, delay, until } from './wait.js';
