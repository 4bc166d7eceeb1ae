import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { CharterPath, Complaint, Finding } from '../finding.js';

/** A charter is a few hundred kilobytes at most; more is not a charter. */
const LARGEST_CHARTER_CHARACTERS = 2_000_000;

/** The text of a charter with the places of its parts. */
export class CharterSource {
  private readonly lines = new LineCounter();
  private readonly document: Document;
  /** What is wrong with the text as YAML, before anything is known of charters. */
  readonly syntax: readonly Finding[];

  constructor(
    text: string,
    readonly file: string,
  ) {
    const size = text.length;
    const readable = size <= LARGEST_CHARTER_CHARACTERS ? text : '';
    this.document = parseDocument(readable, { lineCounter: this.lines, prettyErrors: false, version: '1.2' });
    this.syntax = size === readable.length ? this.syntaxFindings() : [this.find(tooLarge(size), 'error')];
  }

  /** The plain value, only meaningful when `syntax` is empty. */
  toValue(): unknown {
    return this.document.toJS({ maxAliasCount: 0 });
  }

  /** The finding for a complaint: the nearest part of the path that the file really holds. */
  find(complaint: Complaint, level: Finding['level']): Finding {
    const { rule, message, blocks } = complaint;
    return { file: this.file, ...this.position(complaint.path), rule, level, message, ...(blocks ? { blocks } : {}) };
  }

  /** Line and column, from 1, of the value at `path`, or of the nearest holder of it that exists. */
  position(path: CharterPath): { line: number; column: number } {
    let node: unknown = this.document.contents;
    let offset = startOf(node) ?? 0;
    for (const step of path) {
      const next = stepInto(node, step);
      if (!next) break;
      offset = next.offset;
      node = next.node;
    }
    return this.at(offset);
  }

  private at(offset: number): { line: number; column: number } {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  private syntaxFindings(): Finding[] {
    const found = [...this.document.errors, ...this.document.warnings].map((problem) =>
      this.finding('yaml/syntax', problem.pos[0], firstLine(problem.message)),
    );
    visit(this.document, {
      Alias: (_key, node) => {
        found.push(this.finding('yaml/alias', node.range?.[0] ?? 0, 'Write the value out; a charter uses no aliases.'));
      },
    });
    return found;
  }

  private finding(rule: string, offset: number, message: string): Finding {
    return { file: this.file, ...this.at(offset), rule, level: 'error', message };
  }
}

/** Keys are places too: a complaint about an entry points at its key, because that is what a reader looks for. */
function stepInto(node: unknown, step: string | number): { offset: number; node: unknown } | undefined {
  if (isSeq(node) && typeof step === 'number') {
    const item = node.items[step];
    const offset = startOf(item);
    return offset === undefined ? undefined : { offset, node: item };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
  const offset = startOf(pair?.key);
  return pair && offset !== undefined ? { offset, node: pair.value } : undefined;
}

function startOf(node: unknown): number | undefined {
  if (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) return (node as Node).range?.[0];
  return undefined;
}

function tooLarge(size: number): Complaint {
  return {
    path: [],
    rule: 'yaml/too-large',
    message: `A charter has at most ${LARGEST_CHARTER_CHARACTERS} characters; this file has ${size}.`,
  };
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}
