import type { Resolver } from './resolver.js';

/** A resolver that answers from a table; each question takes the next answer of its name and then repeats the last. */
export function fakeResolver(
  table: Readonly<Record<string, readonly (readonly string[])[]>>,
): Resolver & { asked: string[] } {
  const asked: string[] = [];
  const resolver = async (name: string): Promise<readonly string[]> => {
    const answers = table[name];
    if (!answers) throw new Error('unknown name');
    const turn = asked.filter((other) => other === name).length;
    asked.push(name);
    return answers[Math.min(turn, answers.length - 1)]!;
  };
  return Object.assign(resolver, { asked });
}
