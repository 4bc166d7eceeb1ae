import type { Charter } from './charter.js';

/** Every version of one operator's charter. Code asks for the one that holds now: `set.at(clock.now())`. */
export class CharterSet {
  /** In the order in which they take effect. */
  readonly versions: readonly Charter[];

  /** Throws when there is no version, when names differ, or when two versions share a date or an effective date. */
  constructor(versions: readonly Charter[]) {
    const sorted = [...versions].sort((a, b) => a.effectiveAt.getTime() - b.effectiveAt.getTime());
    const [first] = sorted;
    if (!first) throw new Error('A charter set needs at least one version.');
    const stranger = sorted.find(({ name }) => name !== first.name);
    if (stranger) throw new Error(`Charters ${first.name} and ${stranger.name} do not belong to one operator.`);
    sorted.forEach((charter, index) => refuseTie(sorted[index - 1], charter));
    this.versions = Object.freeze(sorted);
  }

  get name(): string {
    return this.versions[0]!.name;
  }

  /** The version that holds at an instant. Throws before the first one takes effect. */
  at(instant: Date): Charter {
    const charter = this.versions.findLast(({ effectiveAt }) => effectiveAt <= instant);
    if (charter) return charter;
    throw new Error(`Charter ${this.name} takes effect on ${this.versions[0]!.document.effective}, not before.`);
  }

  /** The next version after an instant, which people must be told about; undefined when none is planned. */
  after(instant: Date): Charter | undefined {
    return this.versions.find(({ effectiveAt }) => effectiveAt > instant);
  }
}

function refuseTie(earlier: Charter | undefined, later: Charter): void {
  if (!earlier) return;
  if (earlier.effectiveAt.getTime() === later.effectiveAt.getTime()) {
    throw new Error(`Two versions of charter ${later.name} take effect on ${later.document.effective}.`);
  }
  if (earlier.version >= later.version) {
    throw new Error(`Version ${later.version} of charter ${later.name} takes effect after a newer one.`);
  }
}
