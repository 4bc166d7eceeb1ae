import { surelyLonger } from '../law/duration-bounds.js';
import { humanDuration, humanWord } from '../promise/human-words.js';
import type { ChangeEffect, Comparison, OwedNotice, Read } from './change.js';

const TOLD: readonly OwedNotice[] = ['policy-change'];

const opposite: Readonly<Record<ChangeEffect, ChangeEffect>> = {
  weaker: 'stronger',
  stronger: 'weaker',
  different: 'different',
};

/** A duration, of which a longer one is better or worse for people. */
export function period(path: string, read: Read<string>, what: string, longer: ChangeEffect): Comparison {
  return (before, after) => {
    const [was, is] = [read(before), read(after)];
    if (was === is || was === undefined || is === undefined) return [];
    const effect = surelyLonger(is, was) ? longer : surelyLonger(was, is) ? opposite[longer] : 'different';
    const sentence = `${what}: ${humanDuration(is)}, where it was ${humanDuration(was)}.`;
    return [{ path, effect, sentence, owes: TOLD }];
  };
}

/** A number, of which a larger one is better or worse for people. */
export function amount(path: string, read: Read<number>, what: string, larger: ChangeEffect): Comparison {
  return (before, after) => {
    const [was, is] = [read(before), read(after)];
    if (was === is || was === undefined || is === undefined) return [];
    const effect = is > was ? larger : opposite[larger];
    return [{ path, effect, sentence: `${what}: ${is}, where it was ${was}.`, owes: TOLD }];
  };
}

/** A word of a list that goes from what is best for people to what is worst; without an order, every change is just different. */
export function word(path: string, read: Read<string>, what: string, bestFirst: readonly string[] = []): Comparison {
  return (before, after) => {
    const [was, is] = [read(before), read(after)];
    if (was === is) return [];
    const shown = (value: string | undefined) => (value === undefined ? 'nothing' : humanWord(value));
    const [from, to] = [was, is].map((value) => (value === undefined ? -1 : bestFirst.indexOf(value)));
    const effect = from! < 0 || to! < 0 ? 'different' : to! > from! ? 'weaker' : 'stronger';
    return [{ path, effect, sentence: `${what}: ${shown(is)}, where it was ${shown(was)}.`, owes: TOLD }];
  };
}

/** How a thing that came or went is told of. */
export interface Told {
  readonly effect: ChangeEffect;
  readonly says: (name: string) => string;
  readonly owes?: readonly OwedNotice[];
}

/** A list whose order means nothing. */
export function members(
  path: string,
  read: Read<readonly string[]>,
  { added, removed }: { readonly added: Told; readonly removed: Told },
): Comparison {
  return (before, after) => {
    const [was, is] = [read(before) ?? [], read(after) ?? []];
    const tell = (names: readonly string[], { effect, says, owes = TOLD }: Told) =>
      names.map((name) => ({ path, effect, sentence: says(humanWord(name)), owes }));
    return [
      ...tell(
        is.filter((name) => !was.includes(name)),
        added,
      ),
      ...tell(
        was.filter((name) => !is.includes(name)),
        removed,
      ),
    ];
  };
}

/** A map of things: those that came, those that went, and what changed in those that stayed. */
export function entries<T>(
  path: string,
  read: Read<Readonly<Record<string, T | undefined>>>,
  told: {
    readonly added: (key: string, entry: T) => Omit<Told, 'says'> & { readonly says: string };
    readonly removed: (key: string, entry: T) => Omit<Told, 'says'> & { readonly says: string };
    /** Comparisons of one entry; they read it from the whole document. */
    readonly within: (key: string, entry: T) => readonly Comparison[];
  },
): Comparison {
  return (before, after) => {
    const [was, is] = [read(before) ?? {}, read(after) ?? {}];
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])];
    return keys.flatMap((key) => {
      const [old, now] = [was[key], is[key]];
      if (old !== undefined && now !== undefined)
        return told.within(key, now).flatMap((compare) => compare(before, after));
      if (old === undefined && now === undefined) return [];
      const { effect, says, owes = TOLD } = now === undefined ? told.removed(key, old as T) : told.added(key, now);
      return [{ path: `${path}.${key}`, effect, sentence: says, owes }];
    });
  };
}
