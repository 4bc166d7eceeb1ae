import type { HttpAnswer } from './http-exchange.js';

/** Statuses whose answers have no body (Fetch standard, "null body status"). */
const WITHOUT_BODY: readonly number[] = [101, 103, 204, 205, 304];

/** An answer as the Fetch standard has it, for libraries that take a fetch function of ours. */
export function responseOf({ status, headers, body }: HttpAnswer): Response {
  return new Response(WITHOUT_BODY.includes(status) ? null : new Uint8Array(body), { status, headers });
}
