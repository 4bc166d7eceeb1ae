import ipaddr from 'ipaddr.js';
import { REDACTIONS, type StepSettings } from '../../document/field-step.js';
import { Refusal } from '../cell/mapping-rule.js';
import { redactor } from '../redact/redactor.js';
import { charactersOf } from './characters.js';
import { periodStep } from './date-steps.js';
import { bucketStep } from './number-steps.js';
import { type StepDefinition, TEXT } from './step-plan.js';

/** Bits of a network that an address becomes: what the address's holder shares with many others. */
const NETWORK_BITS = { ipv4: 24, ipv6: 48 } as const;

/** A text that is not longer than what may stay is hidden altogether. */
export const mask: StepDefinition<StepSettings['mask']> = {
  takes: TEXT,
  plan: ({ keepLast, with: sign = '*' }) => ({
    kind: 'text',
    hides: true,
    bind: () => (value) => {
      const characters = charactersOf(value as string);
      const hidden = characters.length > keepLast ? characters.length - keepLast : characters.length;
      return sign.repeat(hidden) + characters.slice(hidden).join('');
    },
  }),
};

export const hash: StepDefinition<true> = {
  takes: TEXT,
  plan: () => ({
    kind: 'text',
    hides: true,
    isHash: true,
    bind:
      ({ hasher }) =>
      (value) =>
        hasher(value as string),
  }),
};

/** Different texts get different tokens, so records can still be told apart: nothing is hidden from a key. */
export const tokenize: StepDefinition<true> = {
  takes: TEXT,
  plan: () => ({
    kind: 'text',
    bind:
      ({ tokenizer }) =>
      (value) =>
        tokenizer.tokenize(value as string),
  }),
};

export const detokenize: StepDefinition<true> = {
  takes: TEXT,
  plan: () => ({
    kind: 'text',
    bind:
      ({ tokenizer }) =>
      (value) =>
        tokenizer.detokenize(value as string) ?? Refusal.of('not-a-token'),
  }),
};

export const generalise: StepDefinition<StepSettings['generalise']> = {
  plan: (to, kind) => {
    if (typeof to !== 'string') return bucketStep(to.bucket, kind);
    if (to !== 'network') return periodStep(to, kind);
    if (kind !== 'text') return { fault: 'A network is for the text of an address. Put "cast: text" before it.' };
    return { kind, hides: true, bind: () => (value) => networkOf(value as string) };
  },
};

/** The network in CIDR notation; an IPv4 address in IPv6 clothes is the IPv4 address. A network that is wider stays. */
function networkOf(text: string): string | Refusal {
  const [address = '', bits, rest] = text.trim().split('/');
  if (rest !== undefined || !ipaddr.isValid(address) || address.includes('%')) return Refusal.of('not-an-address');
  if (!ipaddr.IPv6.isValid(address) && !ipaddr.IPv4.isValidFourPartDecimal(address))
    return Refusal.of('not-an-address');
  const parsed = ipaddr.process(address);
  const full = parsed.kind() === 'ipv4' ? 32 : 128;
  const given = bits === undefined ? full : /^\d{1,3}$/.test(bits) ? Number(bits) : NaN;
  // Inside an IPv6 notation of an IPv4 address, the bits count from the IPv6 address's start.
  const own = full === 32 && address.includes(':') && bits !== undefined ? given - 96 : given;
  if (!(own >= 0 && own <= full)) return Refusal.of('not-an-address');
  const kept = Math.min(own, NETWORK_BITS[parsed.kind()]);
  const network = parsed.toByteArray().map((byte, index) => byte & keptBits(kept - index * 8));
  return `${ipaddr.fromByteArray(network).toString()}/${kept}`;
}

/** The mask of a byte of which the first `bits` count. */
function keptBits(bits: number): number {
  return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}

export const redact: StepDefinition<true | StepSettings['redact']> = {
  takes: TEXT,
  plan: (kinds) => {
    const clean = redactor(kinds === true ? REDACTIONS : kinds);
    return { kind: 'text', hides: true, bind: () => (value) => clean(value as string) };
  },
};
