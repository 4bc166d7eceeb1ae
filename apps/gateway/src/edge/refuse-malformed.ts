import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { kernelProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { PROBLEM_TYPE } from '../problem/problem-answer.js';
import { shieldLines } from './security-headers.js';

/** Answers bytes that are not a request, or headers that are too large, and ends the connection. */
export function refuseMalformed(error: Error & { code?: string }, socket: Socket, requestId: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const problem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new Problem(kernelProblems.tooLarge, { detail: 'The headers of the request are too large.' })
      : new Problem(kernelProblems.invalidInput, { detail: 'What arrived is not a complete HTTP request.' });
  const body = JSON.stringify(problem.toDocument(requestId));
  const lines = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    ...shieldLines(),
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
