import {
  Counts,
  exportBundle,
  exportMe,
  exportRest,
  kernelProblems,
  listConnections,
  type Input,
  type Part,
  resolveSession,
  type Role,
  type Run,
  signBundle,
  signIn,
  signUp,
  watchRun,
} from '@millrace/contracts';
import { hashOpaqueToken } from '@millrace/crypto';
import { Problem } from '@millrace/kernel';
import { type Call, Handles } from '@millrace/messaging';
import { declaredSchema, sqlMigration } from '@millrace/persistence';
import type { ServiceDefinition } from '@millrace/service';
import { Controller, Module, type Type } from '@nestjs/common';

/** Services with just enough behind them for the edge to be tried without importing another app. */

export const ORG = '0192f000-0000-7000-8000-00000000000a';
export const TOKEN = 'a-session-token-of-the-fake-identity';
export const VIEWER_TOKEN = 'a-session-token-of-a-person-without-roles';

const sessionOf = (token: string, last: string, roles: Role[]) => ({
  [hashOpaqueToken(token)]: {
    sessionId: `0192f000-0000-7000-8000-00000000001${last}`,
    userId: `0192f000-0000-7000-8000-00000000002${last}`,
    orgId: ORG,
    roles,
    confirmedAt: '2026-04-22T12:00:00.000Z',
  },
});

/** Sessions that the fake identity knows; tests may end one. */
export const sessions: Record<string, ReturnType<typeof sessionOf>[string]> = {
  ...sessionOf(TOKEN, '1', ['owner']),
  ...sessionOf(VIEWER_TOKEN, '2', []),
};

@Controller()
class FakeIdentity {
  @Handles(resolveSession)
  async resolve({ tokenHash }: { tokenHash: string }) {
    const session = sessions[tokenHash];
    return session ? { session } : {};
  }

  @Handles(signIn)
  async signIn(_input: unknown, call: Call): Promise<never> {
    await call.tx(async () => undefined, {});
    throw new Problem(kernelProblems.notSignedIn);
  }

  @Handles(signUp)
  async signUp(_input: unknown, call: Call) {
    return call.act(async () => ({ status: 'accepted' as const }), {});
  }
}

/** The state that the fake sync answers watchers with; tests set it. */
export const runs = new Map<string, Run>();

export function runOf(runId: string, state: Run['state'], read = 0): Run {
  const counts = Object.fromEntries(Object.keys(Counts.shape).map((key) => [key, read])) as Counts;
  return {
    runId,
    pipelineId: ORG,
    pipeline: 'a pipeline',
    state,
    kind: 'move',
    trigger: 'person',
    counts,
    streams: [],
    queuedAt: '2026-04-22T09:30:00.000Z',
  };
}

@Controller()
class FakeSync {
  @Handles(watchRun)
  async watch({ runId }: { runId: string }) {
    const run = runs.get(runId);
    if (!run) throw new Problem(kernelProblems.notFound);
    return run;
  }
}

@Controller()
class FakeVault {
  @Handles(listConnections)
  async list() {
    return { connections: [] };
  }
}

/** What the fake compliance answers an export with, a part each; tests set it. */
export const parts: {
  texts: string[];
  failsAt: number | undefined;
  askedBy: string[];
  signed: Input<typeof signBundle>[];
} = { texts: [], failsAt: undefined, askedBy: [], signed: [] };

/** What the fake compliance signs every manifest with. */
export const NOTE = 'a signed note\n';

function partAt(index: number, call: Call): Part {
  if (index === 0) parts.askedBy = [];
  parts.askedBy.push(call.user.userId);
  if (index === parts.failsAt) throw new Problem(kernelProblems.unavailable);
  const isLast = index === parts.texts.length - 1;
  return { part: Buffer.from(parts.texts[index]!).toString('base64'), ...(isLast ? {} : { next: String(index + 1) }) };
}

@Controller()
class FakeCompliance {
  @Handles(exportMe)
  async export(_input: unknown, call: Call) {
    return call.act(async () => partAt(0, call), {});
  }

  @Handles(exportBundle)
  async exportBundle(_input: unknown, call: Call) {
    return call.act(async () => partAt(0, call), {});
  }

  @Handles(signBundle)
  async signBundle(input: Input<typeof signBundle>, call: Call) {
    return call.act(async () => {
      parts.askedBy.push(call.user.userId);
      parts.signed.push(input);
      return { note: NOTE };
    }, {});
  }

  @Handles(exportRest)
  async exportRest({ next }: { next: string }, call: Call) {
    return call.tx(async () => partAt(Number(next), call), {});
  }
}

function fake(name: ServiceDefinition['name'], controller: Type): ServiceDefinition {
  @Module({ controllers: [controller] })
  class FakeModule {}
  const schema = sqlMigration('Fake1763800000000', declaredSchema(name, []));
  return { name, tables: [], migrations: [schema], module: FakeModule };
}

export const fakeCompliance = fake('compliance', FakeCompliance);
export const fakeIdentity = fake('identity', FakeIdentity);
export const fakeSync = fake('sync', FakeSync);
export const fakeVault = fake('vault', FakeVault);
