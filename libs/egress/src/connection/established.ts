import type { Socket } from 'node:net';
import { Problem } from '@millrace/kernel';
import { EGRESS_PROBLEMS } from '../problems.js';
import type { Deadline } from './deadline.js';

/** Codes of Node.js and OpenSSL: capitals only, so that nothing of a host or a certificate can stand in one. */
const SYSTEM_CODE = /^[A-Z][A-Z0-9_]{2,63}$/;

/** Resolves with the socket once it is connected; destroys it and rejects with a `Problem` otherwise. */
export function established<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  deadline: Deadline,
): Promise<S> {
  const { signal } = deadline;
  return new Promise((resolve, reject) => {
    const settle = (conclude: () => void) => {
      socket.off(event, onReady).off('error', onError).off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      conclude();
    };
    const fail = (reason: unknown) =>
      settle(() => {
        // A late error of a socket that nobody holds any more must not end the process.
        socket.on('error', () => undefined);
        socket.destroy();
        reject(reason);
      });
    const onReady = () => settle(() => resolve(socket));
    const onError = (error: Error) => fail(connectionProblem(event, error));
    const onClose = () => fail(connectionProblem(event));
    const onAbort = () => fail(signal.reason);
    socket.once(event, onReady).once('error', onError).once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

function connectionProblem(event: 'connect' | 'secureConnect', error?: Error): Problem {
  const kind = EGRESS_PROBLEMS[event === 'connect' ? 'egress.unreachable' : 'egress.tls-refused'];
  const code = systemCodeOf(error);
  return new Problem(kind, code ? { detail: `${kind.help} (${code})` } : {});
}

/**
 * The system's code of a failed connection. The error itself is not kept as a cause: its message names host and
 * address. When all addresses failed, Node.js gives an AggregateError that has the code of the last.
 */
function systemCodeOf(error: Error | undefined): string | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' && SYSTEM_CODE.test(code) ? code : undefined;
}
