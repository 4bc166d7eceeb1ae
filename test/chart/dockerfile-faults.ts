/** One instruction of a Dockerfile, continued lines joined and comments left out. */
interface Instruction {
  readonly name: string;
  readonly rest: string;
}

interface Stage {
  readonly base: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

export interface BuildContext {
  /** Whether a path of the repository exists and is sent to the builder. */
  readonly sends: (path: string) => boolean;
}

/**
 * What is wrong with a Dockerfile, as far as reading it can tell: no engine is needed, and none has built it. Bases by
 * digest, a last stage that is bare and not root, sources that exist.
 */
export function dockerfileFaults(text: string, context: BuildContext): string[] {
  const instructions = parseInstructions(text);
  const stages = stagesOf(instructions);
  const last = stages.at(-1);
  if (!last) return ['there is no stage'];
  return [
    ...stages.flatMap((stage) => baseFaults(stage, instructions, stages)),
    ...copyFaults(stages, context),
    ...lastStageFaults(stages, last),
  ];
}

export function parseInstructions(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => !/^\s*#/.test(line));
  const joined = lines.join('\n').replace(/\\\n/g, ' ');
  return joined
    .split('\n')
    .map((line) => /^\s*(\w+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, name, rest]) => ({ name: name!.toUpperCase(), rest: rest!.trim() }));
}

function stagesOf(instructions: readonly Instruction[]): Stage[] {
  const starts = instructions.flatMap(({ name }, at) => (name === 'FROM' ? [at] : []));
  return starts.map((start, at) => {
    const [base, , name] = instructions[start]!.rest.split(/\s+/);
    return { base: base!, name, instructions: instructions.slice(start + 1, starts[at + 1]) };
  });
}

/** A base is an argument without a default (the digest is given at the build) or an image by digest. */
function baseFaults({ base }: Stage, all: readonly Instruction[], stages: readonly Stage[]): string[] {
  const argument = /^\$\{?(\w+)\}?$/.exec(base)?.[1];
  if (argument === undefined) {
    const isKnown = /@sha256:[a-f0-9]{64}$/.test(base) || stages.some(({ name }) => name === base);
    return isKnown ? [] : [`${base} is not named by digest`];
  }
  const beforeFirst = all.slice(
    0,
    all.findIndex(({ name }) => name === 'FROM'),
  );
  if (!beforeFirst.some(({ name, rest }) => name === 'ARG' && rest === argument))
    return [`${argument} is declared nowhere or has a default`];
  const isChecked = all.some(
    ({ name, rest }) => name === 'RUN' && rest.includes(`"$${argument}"`) && rest.includes('*@sha256:*'),
  );
  return isChecked ? [] : [`nothing refuses a ${argument} without digest`];
}

function copyFaults(stages: readonly Stage[], { sends }: BuildContext): string[] {
  return stages.flatMap(({ instructions }) =>
    instructions.flatMap(({ name, rest }) => {
      if (name === 'ADD') return ['ADD fetches and unpacks; use COPY'];
      if (name !== 'COPY') return [];
      const words = rest.split(/\s+/);
      const from = /^--from=(.*)$/.exec(words[0]!)?.[1];
      if (from !== undefined)
        return stages.some((stage) => stage.name === from) ? [] : [`COPY from ${from}, which is no stage`];
      return words
        .slice(0, -1)
        .filter((source) => !sends(source))
        .map((source) => `COPY of ${source}, which is not sent to the builder`);
    }),
  );
}

function lastStageFaults(stages: readonly Stage[], { instructions }: Stage): string[] {
  const named = (name: string) => instructions.filter((one) => one.name === name);
  const user = named('USER').at(-1)?.rest ?? 'root';
  const shellForms = [...named('CMD'), ...named('ENTRYPOINT')].filter(({ rest }) => !rest.startsWith('['));
  const secrets = stages
    .flatMap((stage) => stage.instructions)
    .filter(({ name, rest }) => (name === 'ENV' || name === 'ARG') && /secret|password|token/i.test(rest));
  return [
    ...(stages.length < 2 ? ['one stage would ship the tools of the build'] : []),
    ...(/^[1-9]\d*:[1-9]\d*$/.test(user) ? [] : [`USER ${user} is not a number, or is root`]),
    ...(named('RUN').length ? ['the last stage has no shell to RUN anything'] : []),
    ...shellForms.map(({ name }) => `${name} needs a shell`),
    ...secrets.map(({ name, rest }) => `${name} ${rest.split(/[=\s]/)[0]} stays readable in the image`),
  ];
}
