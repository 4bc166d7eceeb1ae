import { Problem } from '@millrace/kernel';

/** `ok` stands; `note` is worth knowing; `wrong` needs what `todo` says. */
export interface CheckResult {
  readonly name: string;
  readonly state: 'ok' | 'note' | 'wrong';
  readonly detail: string;
  /** What to do, in one sentence; only where something is to be done. */
  readonly todo?: string;
}

export const ok = (name: string, detail: string): CheckResult => ({ name, state: 'ok', detail });
export const note = (name: string, detail: string, todo?: string): CheckResult => ({
  name,
  state: 'note',
  detail,
  ...(todo ? { todo } : {}),
});
export const wrong = (name: string, detail: string, todo: string): CheckResult => ({
  name,
  state: 'wrong',
  detail,
  todo,
});

/** Runs one check; one that cannot even look is wrong, and says why. */
export async function attempt(
  name: string,
  todo: string,
  look: () => Promise<CheckResult> | CheckResult,
): Promise<CheckResult> {
  try {
    return await look();
  } catch (error) {
    const detail =
      error instanceof Problem ? error.toDocument().detail : error instanceof Error ? error.message : String(error);
    return wrong(name, detail, todo);
  }
}
