import { connect, isIPv6, type LookupFunction, type Socket } from 'node:net';
import type { EgressDecision } from '../route/decision.js';
import type { Deadline } from './deadline.js';
import { established } from './established.js';
import { type TlsOptions, secured } from './tls.js';

/** Stands where Node.js wants a host name; the pinned lookup never asks anybody for it (RFC 6761 §6.4). */
const UNASKED_NAME = 'pinned.invalid';

/** Connects to the decision's addresses and no others; tries one after the other as RFC 8305 says. */
export async function connectPinned(
  decision: EgressDecision,
  tls: TlsOptions | undefined,
  deadline: Deadline,
): Promise<Socket> {
  const socket = connect({
    host: UNASKED_NAME,
    port: decision.port,
    lookup: pinnedLookup(decision.addresses),
    autoSelectFamily: true,
    noDelay: true,
  });
  await established(socket, 'connect', deadline);
  return tls ? secured(socket, decision.host, tls, deadline) : socket;
}

function pinnedLookup(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_name, options, callback) => {
    if (options.all) callback(null, answers);
    else callback(null, answers[0]!.address, answers[0]!.family);
  };
}
